using System.Reflection;
using SeqCont.Model;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>What a run's settings name: an option that changes decisions and is left out would be resumed under another value.</summary>
[TestClass]
public sealed class SettingsTests
{
    private static readonly NodeSpace Space = new(2, 2);

    /// <summary>Another value for every option; one that is new has none and fails.</summary>
    private static readonly Dictionary<string, object> Others = new()
    {
        ["MinFaithfulness"] = 0.7,
        ["OneIteration"] = true,
        ["Ablation"] = new AblationConfig { Kind = AblationKind.Zero },
        ["Start"] = Circuit.Of(Space, []),
        ["Replay"] = (IReadOnlyList<ReplayedDecision>)[new ReplayedDecision(NodeId.Mlp(0), true)],
        ["EarlyStop"] = 0.01,
        ["Circuit"] = Circuit.Full(Space),
        ["InputSends"] = true,
        ["Patch"] = AblationKind.Zero,
        ["Paths"] = EdgePaths.AsPublished,
        ["Threshold"] = 0.7,
        ["MinDrop"] = 0.1,
        ["Kind"] = AblationKind.Resample,
        ["MlpMeans"] = MlpMeans.Full,
        ["Metric"] = new OtherMetric(),
    };

    [TestMethod]
    public void Settings_OptionsOfNodePruning_NamedOrOfNoEffect()
    {
        // Where the run's memory lies and what it goes on from change no decision; the seed none without early stopping.
        AssertNamed(new NodePruningConfig(), config => config.Settings, "Memory", "Resume", "Seed");
        AssertNamed(new AblationConfig(), ablation => new NodePruningConfig { Ablation = ablation }.Settings);
        CollectionAssert.AreNotEqual(
            new NodePruningConfig { EarlyStop = 0.01, Seed = 1 }.Settings.ToArray(),
            new NodePruningConfig { EarlyStop = 0.01, Seed = 2 }.Settings.ToArray());
    }

    [TestMethod]
    public void Settings_OptionsOfEdgePruning_NamedOrOfNoEffect() =>
        // Nodes are pruned once all edges are decided; Only leaves decisions out, and changes none.
        AssertNamed(
            new EdgePruningConfig { Circuit = Circuit.Of(Space, []) }, config => config.Settings, "Memory", "Resume", "PruneNodes", "Only");

    [TestMethod]
    public void Settings_NodePruning_AsRunsHaveThem()
    {
        var config = new NodePruningConfig { EarlyStop = 0.001, Seed = 7, MinFaithfulness = 0.8 };
        Assert.AreEqual(
            "ablation=mean mlpMeans=circuit minFaithfulness=0.8 oneIter=false start=everything earlyStop=0.001, seed 7",
            Text(config.Settings));
        config = config with { EarlyStop = null, OneIteration = true, Start = Circuit.Of(Space, [new NodeId(0, 1), NodeId.Mlp(1)]) };
        Assert.AreEqual(
            "ablation=mean mlpMeans=circuit minFaithfulness=0.8 oneIter=true start=0.1 m1 earlyStop=off", Text(config.Settings));
    }

    [TestMethod]
    public void Settings_EdgePruning_AsRunsHaveThem()
    {
        var config = new EdgePruningConfig { Circuit = Circuit.Of(Space, [NodeId.Mlp(1)]), Paths = EdgePaths.ThroughMlps };
        Assert.AreEqual(
            "circuit=m1 inputSends=false ablation=mean mlpMeans=circuit patch=resample paths=through-mlps rule=threshold 0.8",
            Text(config.Settings));
        StringAssert.EndsWith(Text(config with { MinDrop = 0.05 }), " rule=minDrop 0.05");
    }

    private static string Text(EdgePruningConfig config) => Text(config.Settings);

    private static string Text(IEnumerable<KeyValuePair<string, string>> settings) =>
        string.Join(' ', settings.Select(setting => $"{setting.Key}={setting.Value}"));

    private static void AssertNamed<T>(
        T config, Func<T, IReadOnlyList<KeyValuePair<string, string>>> settings, params string[] withoutEffect)
        where T : class
    {
        const BindingFlags OfThisObject = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var before = settings(config).ToArray();
        foreach (var option in typeof(T).GetProperties(OfThisObject).Where(property => property.CanWrite))
        {
            if (withoutEffect.Contains(option.Name)) continue;
            var copy = (T)typeof(T).GetMethod("<Clone>$", OfThisObject)!.Invoke(config, null)!;
            Assert.IsTrue(Others.TryGetValue(option.Name, out var other), $"{typeof(T).Name}.{option.Name}: no other value to try");
            option.SetValue(copy, other);
            CollectionAssert.AreNotEqual(before, settings(copy).ToArray(), $"{typeof(T).Name}.{option.Name} is in no setting");
        }
    }

    private sealed class OtherMetric : IMetric
    {
        public string Name => "other";

        public string Title => "other";

        public string Unit => "";

        public bool MoreIsBetter => true;

        public IPromptMetric For(Gpt2Model model, ForwardPass pass, DeviceRows rows, PromptSet prompts) =>
            throw new NotSupportedException();
    }
}
