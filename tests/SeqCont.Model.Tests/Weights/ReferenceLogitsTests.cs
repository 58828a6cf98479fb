using SeqCont.Testing;

namespace SeqCont.Model.Tests.Weights;

/// <summary>Loaded weights mean what others say: logits by the plain formulas equal theirs.</summary>
[TestClass]
public sealed class ReferenceLogitsTests
{
    /// <summary>Hugging Face computed in float64 and saved float32: agreement to the rounding of the saved values.</summary>
    [TestMethod]
    [DataRow("tiny-2x3", "tiny-2x3")]
    [DataRow("tiny-2x3-prefixed", "tiny-2x3")]
    public void Load_Fixture_GivesHuggingFacesLogits(string model, string reference)
    {
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", model));
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", "a_logits", reference + ".safetensors"));
        var tokens = file.ReadIntegers("tokens").Select(token => (int)token).ToArray();
        var expected = file.Open("logits").Doubles();
        var length = (int)file.Entry("tokens").Shape[1];
        for (var prompt = 0; prompt < tokens.Length / length; prompt++)
            AssertEqual(expected.AsSpan(prompt * length * 61, length * 61),
                PlainForward.Logits(weights, tokens.AsSpan(prompt * length, length)), 1e-5);
    }

    /// <summary>A trained model by others, untied, [out, in] linears; its logits were computed in float32.</summary>
    [TestMethod]
    public void MinGptFile_GptNanoSort_GivesItsLogits()
    {
        var model = TestFiles.SharedOrNull("golden", "gpt-nano-sort", "model.json");
        var partials = TestFiles.SharedOrNull("golden", "gpt-nano-sort", "partials.json");
        if (model is null || partials is null)
        {
            Assert.Inconclusive("No ../shared/golden/gpt-nano-sort beside the repository.");
            return;
        }
        using var weights = MinGptFile.ReadModel(model);
        var tensors = MinGptFile.ReadTensors(partials);
        Assert.IsNotNull(weights.WU);
        var tokens = tensors["idx"].Doubles().Select(token => (int)token).ToArray();
        var expected = tensors["lm_head"].Doubles();
        for (var prompt = 0; prompt < 3; prompt++)
            AssertEqual(expected.AsSpan(prompt * 33, 33), PlainForward.Logits(weights, tokens.AsSpan(prompt * 11, 11)), 1e-5);
    }

    private static void AssertEqual(ReadOnlySpan<double> expected, double[][] actual, double tolerance)
    {
        var width = actual[0].Length;
        Assert.AreEqual(expected.Length, actual.Length * width);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i / width][i % width], tolerance, $"position {i / width}, token {i % width}");
    }
}
