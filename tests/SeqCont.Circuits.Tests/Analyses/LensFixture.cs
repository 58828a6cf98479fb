using System.Text.Json;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Analyses;

/// <summary>tests/data/tiny/g_lens_ov: lens and OV values of the small random model, computed in PyTorch.</summary>
internal static class LensFixture
{
    public static string Folder(string name) => TestFiles.Data("tiny", "g_lens_ov", name);

    public static Gpt2Weights Weights() => Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));

    public static IOps Ops(string backend) => backend == "Reference" ? new ReferenceOps() : new CpuOps();

    public static JsonDocument Json(string name) => JsonDocument.Parse(File.ReadAllText(Folder(name)));

    public static double[] Values(SafetensorsFile file, string name)
    {
        var tensor = file.Open(name);
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }

    /// <summary>The fixture's prompts, [8][10].</summary>
    public static int[][] Tokens()
    {
        using var json = Json("ov_copy_next.json");
        return [.. json.RootElement.GetProperty("tokens").EnumerateArray().Select(Numbers)];
    }

    public static int[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>The same prompts with some answers.</summary>
    public static PromptSet Prompts(ModelConfig config) => PromptSet.Create(
        [.. Tokens().Select((tokens, i) => new PromptRow { Tokens = tokens, Corr = new PromptAnswer((7 * i) % config.DVocab),
            Incorr = new PromptAnswer((7 * i + 3) % config.DVocab) })],
        null, config, null, "g_lens_ov");
}
