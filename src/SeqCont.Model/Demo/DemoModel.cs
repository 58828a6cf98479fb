namespace SeqCont.Model;

/// <summary>
/// The small GPT-2 that ships inside the program, trained to continue sequences, so that everything can be tried
/// without a download. Its files are in Hugging Face's form.
/// </summary>
public static class DemoModel
{
    /// <summary>The name that stands for this model.</summary>
    public const string Name = "demo";

    /// <summary>Opens one of the model's files.</summary>
    /// <param name="fileName">config.json, model.safetensors, vocab.json, merges.txt or words.json.</param>
    /// <returns>The file's bytes; the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Stream Open(string fileName)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        return typeof(DemoModel).Assembly.GetManifestResourceStream($"demo/{fileName}")
            ?? throw new FileNotFoundException($"The demo model has no file '{BadFile.Printable(fileName)}'.", fileName);
    }

    /// <summary>The model's weights; 4 MB are held until they are disposed.</summary>
    /// <param name="unembedding">As for <see cref="Gpt2Weights.Load"/>; it has no lm_head.weight.</param>
    public static Gpt2Weights LoadWeights(UnembeddingChoice unembedding = UnembeddingChoice.Config)
    {
        var config = ReadAll(ModelLoader.ConfigName);
        var files = new WeightFiles(SafetensorsFile.FromMemory(ReadAll(WeightFiles.SingleName), $"demo/{WeightFiles.SingleName}"));
        return ModelLoader.Load(Name, config, $"demo/{ModelLoader.ConfigName}", files, unembedding);
    }

    private static byte[] ReadAll(string fileName)
    {
        using var stream = Open(fileName);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
