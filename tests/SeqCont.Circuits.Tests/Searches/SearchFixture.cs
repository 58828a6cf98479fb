using System.Text.Json;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>One expected verdict of a published or precomputed search.</summary>
internal sealed record ExpectedDecision(int Iteration, SweepDirection Direction, NodeId Node, double Score, bool Removed);

/// <summary>Reads expected traces, whatever their file's form.</summary>
internal static class SearchFixture
{
    /// <summary>A trace as in tests/data/demo and thres20_mlp_means_full.json.</summary>
    public static ExpectedDecision[] Trace(JsonElement search) =>
        [.. search.GetProperty("trace").EnumerateArray().Select(step => new ExpectedDecision(
            step.GetProperty("iteration").GetInt32(), Direction(step.GetProperty("pass").GetString()!),
            Node(step.GetProperty("node").GetString()!),
            step.GetProperty("score").GetDouble(), step.GetProperty("removed").GetBoolean()))];

    /// <summary>The passes of the study's own code (thres20_converged.json, thres20_one_iter.json).</summary>
    public static ExpectedDecision[] Passes(JsonElement root)
    {
        var expected = new List<ExpectedDecision>();
        var iteration = 0;
        foreach (var pass in root.GetProperty("passes").EnumerateArray())
        {
            var direction = Direction(pass.GetProperty("kind").GetString()!);
            if (direction == SweepDirection.Backward) iteration++;
            foreach (var step in pass.GetProperty("steps").EnumerateArray())
            {
                var layer = step.GetProperty("layer").GetInt32();
                var node = step.GetProperty("kind").GetString() == "mlp"
                    ? NodeId.Mlp(layer) : new NodeId(layer, step.GetProperty("head").GetInt32());
                expected.Add(new ExpectedDecision(
                    iteration, direction, node, step.GetProperty("percent").GetDouble(), step.GetProperty("removed").GetBoolean()));
            }
        }

        return [.. expected];
    }

    /// <summary>Every verdict in order, scores within the tolerance in percent points.</summary>
    public static void AssertSame(IReadOnlyList<ExpectedDecision> expected, IReadOnlyList<NodeDecision> actual, double tolerance)
    {
        var worst = 0.0;
        for (var i = 0; i < Math.Min(expected.Count, actual.Count); i++)
        {
            var (e, a) = (expected[i], actual[i]);
            Assert.AreEqual((i + 1, e.Iteration, e.Direction, e.Node, e.Removed), (a.Index, a.Iteration, a.Direction, a.Node, a.Removed),
                $"decision {i + 1}: expected score {e.Score}, got {a.Score}");
            Assert.AreEqual(e.Score, a.Score, tolerance, $"decision {i + 1}, {e.Node}");
            worst = Math.Max(worst, Math.Abs(e.Score - a.Score));
        }

        Assert.AreEqual(expected.Count, actual.Count, "number of candidates");
        Console.WriteLine($"{expected.Count} candidates, largest difference {worst:g3} points");
    }

    private static SweepDirection Direction(string text) =>
        text.StartsWith("back", StringComparison.Ordinal) ? SweepDirection.Backward : SweepDirection.Forward;

    private static NodeId Node(string text) => NodeId.TryParse(text, out var node) ? node : throw new FormatException(text);
}
