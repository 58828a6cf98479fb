using SeqCont.Engine.Cpu;

namespace SeqCont.Engine.Tests.Cpu;

[TestClass]
public sealed class WorkerTeamTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(5)]
    public void Run_ManyJobs_DoesEveryItemOnce(int threads)
    {
        using var team = new WorkerTeam(threads);
        for (var round = 0; round < 3000; round++)
        {
            var counts = new int[round % 13];
            team.Run(counts.Length, new CountJob(counts, threads));
            foreach (var count in counts) Assert.AreEqual(1, count);
        }
    }

    [TestMethod]
    public void Run_WorkersAsleep_WakesThem()
    {
        using var team = new WorkerTeam(3);
        for (var round = 0; round < 5; round++)
        {
            // Long enough for them to stop spinning; the meeting below needs two of them awake at once.
            Thread.Sleep(30);
            using var meeting = new Barrier(2);
            team.Run(2, new MeetJob(meeting));
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Run_JobThrows_ThrowsItAndGoesOn(int threads)
    {
        using var team = new WorkerTeam(threads);
        for (var round = 0; round < 100; round++)
        {
            var exception = Assert.ThrowsExactly<InvalidDataException>(() => team.Run(20, new ThrowJob(round % 20)));
            Assert.AreEqual($"item {round % 20}", exception.Message);
            var counts = new int[9];
            team.Run(counts.Length, new CountJob(counts, threads));
            CollectionAssert.AreEqual(Enumerable.Repeat(1, 9).ToArray(), counts);
        }
    }

    [TestMethod]
    public void Run_WarmTeam_AllocatesNothing()
    {
        using var team = new WorkerTeam(2);
        var counts = new int[8];
        var job = new CountJob(counts, 2);
        for (var i = 0; i < 200; i++) team.Run(8, job);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++) team.Run(8, job);
        Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void Run_FromWithinAJob_IsRefused(int worker)
    {
        using var team = new WorkerTeam(2);
        using var meeting = new Barrier(2);
        Assert.ThrowsExactly<InvalidOperationException>(() => team.Run(2, new NestedJob(team, meeting, worker)));
    }

    private readonly record struct CountJob(int[] Counts, int Threads) : ITeamJob
    {
        public void Run(int item, int worker)
        {
            if (worker < 0 || worker >= Threads) throw new InvalidOperationException($"worker {worker}");
            Interlocked.Increment(ref Counts[item]);
        }
    }

    private readonly record struct MeetJob(Barrier Meeting) : ITeamJob
    {
        public void Run(int item, int worker)
        {
            if (!Meeting.SignalAndWait(TimeSpan.FromSeconds(30))) throw new TimeoutException("nobody came");
        }
    }

    private readonly record struct ThrowJob(int Item) : ITeamJob
    {
        public void Run(int item, int worker)
        {
            if (item == Item) throw new InvalidDataException($"item {item}");
        }
    }

    // The meeting makes sure that both workers get an item; 0 is the caller.
    private readonly record struct NestedJob(WorkerTeam Team, Barrier Meeting, int Worker) : ITeamJob
    {
        public void Run(int item, int worker)
        {
            if (!Meeting.SignalAndWait(TimeSpan.FromSeconds(30))) throw new TimeoutException("nobody came");
            if (worker == Worker) Team.Run(2, new CountJob(new int[2], 2));
        }
    }
}
