using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Cli.Running;

/// <summary>A model by the name that was typed: its weights, and its tokenizer when it has one.</summary>
internal sealed class ModelSource : IDisposable
{
    private readonly string? _folder;

    private ModelSource(string name, string? folder, HubSnapshot? snapshot, Gpt2Weights weights)
    {
        (Name, _folder, Snapshot, Weights) = (name, folder, snapshot, weights);
    }

    /// <summary>As typed.</summary>
    public string Name { get; }

    public Gpt2Weights Weights { get; }

    /// <summary>Where its files are; null for the demo.</summary>
    public string? Folder => _folder;

    /// <summary>The revision in the hub's cache that it is; null for the demo and for a folder.</summary>
    public HubSnapshot? Snapshot { get; }

    public bool IsDemo => _folder is null;

    /// <summary>Whether vocab.json and merges.txt are both there.</summary>
    public bool HasTokenizer => _folder is null || (File.Exists(Vocab) && File.Exists(Merges));

    private string Vocab => Path.Combine(_folder ?? "", "vocab.json");

    private string Merges => Path.Combine(_folder ?? "", "merges.txt");

    /// <summary>Opens a model: the demo, a folder, or one of the hub's in the cache.</summary>
    /// <exception cref="MissingModelException">It is one of the hub's, and the cache does not hold it.</exception>
    /// <exception cref="IOException">There is no such model, or a file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is bad.</exception>
    public static ModelSource Open(string name)
    {
        if (name == DemoModel.Name) return new ModelSource(name, null, null, DemoModel.LoadWeights());
        var folder = name == "gpt2-small" && !Directory.Exists(name) ? "gpt2" : name;
        if (Directory.Exists(folder)) return new ModelSource(name, folder, null, Gpt2Weights.Load(folder));
        if (!HubName.TryParse(name, out var model))
            throw new DirectoryNotFoundException(
                $"--model {name}: no such folder; expected demo, gpt2 or another model of a hub, or a folder with config.json and "
                    + $"model.safetensors.");
        var snapshot = Hub.Cache().Find(model) ?? throw new MissingModelException(model, Hub.Settings());
        return new ModelSource(name, snapshot.Folder, snapshot, Gpt2Weights.Load(snapshot.Folder));
    }

    /// <summary>The tokenizer; null when neither of its files is there.</summary>
    /// <exception cref="FileNotFoundException">One of its files is there without the other.</exception>
    public Gpt2Tokenizer? OpenTokenizer()
    {
        if (_folder is not null) return File.Exists(Vocab) || File.Exists(Merges) ? Gpt2Tokenizer.Load(_folder) : null;
        using var vocab = DemoModel.Open("vocab.json");
        using var merges = DemoModel.Open("merges.txt");
        return Gpt2Tokenizer.Create(vocab, merges, Name);
    }

    /// <summary>The tokenizer, which the generator needs.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Gpt2Tokenizer RequireTokenizer() =>
        OpenTokenizer()
            ?? throw new FileNotFoundException($"{Vocab}: not found; making prompts needs the model's vocab.json and merges.txt.", Vocab);

    /// <summary>The words that prompts are made of.</summary>
    public static TaskWords ReadWords()
    {
        using var words = DemoModel.Open("words.json");
        return TaskWords.Read(words, "words.json");
    }

    public void Dispose() => Weights.Dispose();
}
