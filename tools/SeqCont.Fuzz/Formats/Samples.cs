using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Fuzz.Formats;

/// <summary>What stands beside an input: the demo model's vocabulary and words, sound files of the corpus.</summary>
internal static class Samples
{
    /// <summary>The demo's tokenizer.</summary>
    public static Gpt2Tokenizer Tokenizer()
    {
        using var vocab = DemoModel.Open("vocab.json");
        using var merges = DemoModel.Open("merges.txt");
        return Gpt2Tokenizer.Create(vocab, merges, "demo");
    }

    /// <summary>The demo's config.json.</summary>
    public static ModelConfig Config()
    {
        using var config = DemoModel.Open("config.json");
        using var bytes = new MemoryStream();
        config.CopyTo(bytes);
        return ModelConfig.Parse(bytes.ToArray(), "config.json");
    }

    /// <summary>Task words as they come with the program.</summary>
    public static TaskWords Words()
    {
        using var words = DemoModel.Open("words.json");
        return TaskWords.Read(words, "words.json");
    }

    /// <summary>A file of the corpus.</summary>
    public static byte[] Of(string format, string name) => File.ReadAllBytes(Path.Combine(Corpus.Root, "corpus", format, name));
}
