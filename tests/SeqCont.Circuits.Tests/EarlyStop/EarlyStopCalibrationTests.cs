using System.Globalization;
using System.Text;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class EarlyStopCalibrationTests
{
    /// <summary>Set to a number of decisions per cell for the long run, and to a file for its tables.</summary>
    private const string DecisionsVariable = "SEQCONT_EARLY_STOP_DECISIONS";
    private const string FileVariable = "SEQCONT_EARLY_STOP_FILE";

    public required TestContext TestContext { get; init; }

    [TestMethod]
    [DynamicData(nameof(Covered))]
    public void ShortRun_CoveredKind_ErrorsAtMostAlpha(string kind)
    {
        const int Decisions = 400;
        var wrong = Decisions * Math.Max(EarlyStopSimulation.Run(new EarlyStopRule(0.05, 192), kind, 0.05, Decisions, 3).Errors,
            EarlyStopSimulation.Run(new EarlyStopRule(0.05, 192), kind, -0.05, Decisions, 4).Errors);
        Assert.IsLessThan(33.0, wrong, $"wrong verdicts of {Decisions} at alpha 0.05: expected 20 at most, and 3 standard deviations");
    }

    [TestMethod]
    public void ShortRun_WithoutTheRangeTerm_ErrorsExceedAlpha()
    {
        var rule = new EarlyStopRule(0.05, 192) { RangeFactor = 0 };
        Assert.IsGreaterThan(0.0825, EarlyStopSimulation.Run(rule, "curved covariate", 0.05, 2000, 3).Errors);
    }

    [TestMethod]
    public void ShortRun_ClearMeans_SeeFewPrompts()
    {
        var rule = new EarlyStopRule(0.001, 1536);
        Assert.IsLessThan(0.4, EarlyStopSimulation.Run(rule, "normal", 10, 200, 5).Used);
        Assert.IsLessThan(0.08, EarlyStopSimulation.Run(rule, "near covariate", 10, 200, 5).Used);
        Assert.IsGreaterThan(0.2, EarlyStopSimulation.Run(rule, "near covariate", 10, 200, 5, useCovariates: false).Used);
    }

    public static IEnumerable<string> Covered => EarlyStopPopulations.Covered;

    [TestMethod]
    public void LongRun_EveryKindSizeAndMargin_ErrorsAtMostAlpha()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(DecisionsVariable), CultureInfo.InvariantCulture, out var decisions))
            Assert.Inconclusive($"{DecisionsVariable}: not set.");
        var tables = new StringBuilder();
        var worst = Errors(tables, decisions, EarlyStopPopulations.Covered);
        tables.Append('\n');
        Errors(tables, decisions, EarlyStopPopulations.NotCovered);
        tables.Append('\n');
        Used(tables, decisions / 10);
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file) File.WriteAllText(file, tables.ToString());
        TestContext.WriteLine(tables.ToString());
        Assert.IsLessThan(4.0, worst, "standard errors of the simulation above alpha");
    }

    /// <summary>The worst error rate over margins per kind; returns by how many standard errors the worst exceeds alpha.</summary>
    private static double Errors(StringBuilder tables, int decisions, string[] kinds)
    {
        int[] sizes = [96, 192, 384, 1536];
        double[] alphas = [0.05, 0.01, 0.001];
        var worst = double.NegativeInfinity;
        foreach (var kind in kinds)
        {
            tables.Append(CultureInfo.InvariantCulture, $"| {kind} |");
            foreach (var alpha in alphas)
            {
                var cells = new double[sizes.Length * 4];
                Parallel.For(0, cells.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, cell =>
                {
                    var margin = new[] { 0.05, -0.05, 1, -1 }[cell % 4];
                    cells[cell] = EarlyStopSimulation.Run(new EarlyStopRule(alpha, sizes[cell / 4]), kind, margin, decisions,
                        1 + cell).Errors;
                });
                var rate = cells.Max();
                worst = Math.Max(worst, (rate - alpha) / Math.Sqrt(alpha / decisions));
                tables.Append(CultureInfo.InvariantCulture, $" {100 * rate:0.###} |");
            }

            tables.Append('\n');
        }

        return worst;
    }

    private static void Used(StringBuilder tables, int decisions)
    {
        foreach (var kind in new[] { "normal", "lognormal 0.5", "full-model covariate", "near covariate" })
        {
            foreach (var count in new[] { 96, 1536 })
            {
                foreach (var alpha in new[] { 0.05, 0.001 })
                {
                    var shares = new[] { 0.05, 1, 2, 5, 10, 20 }.Select(margin =>
                        EarlyStopSimulation.Run(new EarlyStopRule(alpha, count), kind, margin, decisions, 7).Used);
                    tables.Append(
                        CultureInfo.InvariantCulture,
                        $"| {kind} | {count} | {alpha} | "
                            + $"{string.Join(" | ", shares.Select(share => share.ToString("0.00", CultureInfo.InvariantCulture)))} |\n");
                }
            }
        }
    }
}
