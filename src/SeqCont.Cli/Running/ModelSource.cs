using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Cli.Running;

/// <summary>A model by the name that was typed: its weights, and its tokenizer when it has one.</summary>
internal sealed class ModelSource : IDisposable
{
    private readonly Lazy<Gpt2Tokenizer?> _tokenizer;

    private ModelSource(string name, HubSnapshot? snapshot, string? folder, Gpt2Weights weights)
    {
        (Name, Snapshot, Folder, Weights) = (name, snapshot, folder, weights);
        _tokenizer = new(OpenTokenizer);
    }

    /// <summary>As typed.</summary>
    public string Name { get; }

    public Gpt2Weights Weights { get; }

    public ModelConfig Config => Weights.Config;

    /// <summary>Where its files are; null for the demo.</summary>
    public string? Folder { get; }

    /// <summary>The revision in the hub's cache that it is; null for the demo and for a folder.</summary>
    public HubSnapshot? Snapshot { get; }

    public bool IsDemo => Folder is null;

    /// <summary>Whether vocab.json and merges.txt are both there.</summary>
    public bool HasTokenizer => IsDemo || (File.Exists(Vocab) && File.Exists(Merges));

    /// <summary>The tokenizer; null when neither of its files is there.</summary>
    /// <exception cref="FileNotFoundException">One of its files is there without the other.</exception>
    public Gpt2Tokenizer? Tokenizer => _tokenizer.Value;

    /// <summary>A token's text; null where the model has no tokenizer.</summary>
    public Func<int, string>? TokenText => Tokenizer is { } tokenizer ? tokenizer.TextOrNumber : null;

    private string Vocab => Path.Combine(Folder ?? "", "vocab.json");

    private string Merges => Path.Combine(Folder ?? "", "merges.txt");

    /// <summary>Opens a model: the demo, a folder, or one of the hub's in the cache.</summary>
    /// <exception cref="MissingModelException">It is one of the hub's, and the cache does not hold it.</exception>
    /// <exception cref="IOException">There is no such model, or a file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is bad.</exception>
    public static ModelSource Open(string name, UnembeddingChoice unembedding = UnembeddingChoice.Config)
    {
        if (name == DemoModel.Name) return new ModelSource(name, null, null, DemoModel.LoadWeights(unembedding));
        var folder = name == "gpt2-small" && !Directory.Exists(name) ? "gpt2" : name;
        if (Directory.Exists(folder)) return new ModelSource(name, null, folder, Gpt2Weights.Load(folder, unembedding));
        if (!HubName.TryParse(name, out var model))
            throw new DirectoryNotFoundException(
                $"--model {name}: no such folder; expected demo, gpt2 or another model of a hub, or a folder with config.json and "
                    + "model.safetensors.");
        var snapshot = Hub.Find(model) ?? throw new MissingModelException(model, Hub.Settings());
        return new ModelSource(name, snapshot, snapshot.Folder, Gpt2Weights.Load(snapshot.Folder, unembedding));
    }

    /// <summary>The tokenizer, which the generator needs.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Gpt2Tokenizer RequireTokenizer() => Tokenizer
        ?? throw new FileNotFoundException($"{Vocab}: not found; making prompts needs the model's vocab.json and merges.txt.", Vocab);

    /// <summary>Rows as the model's tokens.</summary>
    public PromptSet Set(IReadOnlyList<PromptRow> rows, string from, int? bos) =>
        PromptSet.Create(rows, Tokenizer, Config, bos, from);

    /// <summary>The model's begin-of-text token.</summary>
    /// <exception cref="InvalidDataException">It names none, or one that is not in its vocabulary.</exception>
    public int Bos(string advice = "")
    {
        var bos = Config.BosTokenId ?? Tokenizer?.EndOfText ?? throw new InvalidDataException(
            $"--bos: the model {Name} names no begin-of-text token (bos_token_id in config.json){advice}.");
        return bos >= 0 && bos < Config.DVocab ? bos : throw new InvalidDataException(
            $"--bos: begin-of-text token of the model {Name} (bos_token_id in config.json): expected 0 to {Config.DVocab - 1}, got "
                + $"{bos}{advice}.");
    }

    /// <summary>The words that prompts are made of.</summary>
    public static TaskWords ReadWords()
    {
        using var words = DemoModel.Open("words.json");
        return TaskWords.Read(words, "words.json");
    }

    public void Dispose() => Weights.Dispose();

    private Gpt2Tokenizer? OpenTokenizer()
    {
        if (Folder is not null) return File.Exists(Vocab) || File.Exists(Merges) ? Gpt2Tokenizer.Load(Folder) : null;
        using var vocab = DemoModel.Open("vocab.json");
        using var merges = DemoModel.Open("merges.txt");
        return Gpt2Tokenizer.Create(vocab, merges, Name);
    }
}
