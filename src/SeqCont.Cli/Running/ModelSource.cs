using SeqCont.Circuits;
using SeqCont.Cli.Rendering;
using SeqCont.Model;

namespace SeqCont.Cli.Running;

/// <summary>A model by the name that was typed: its weights, and its tokenizer when it has one.</summary>
internal sealed class ModelSource : IDisposable
{
    /// <summary>As a tokenizer: the model's own vocab.json and merges.txt, though tokenizer.json is there.</summary>
    private const string PairName = "vocab.json";

    private readonly Lazy<Gpt2Tokenizer?> _tokenizer;
    private readonly Action<string> _notice;

    private readonly Gpt2Weights? _weights;
    private readonly bool _hasOwnTokenizer;
    private bool _isTextTold;

    private ModelSource(string name, ModelConfig config, Gpt2Weights? weights, string? tokenizer, Action<string> notice)
    {
        (Name, Config, _weights, _notice, _hasOwnTokenizer) = (name, config, weights, notice, tokenizer is null or PairName);
        _tokenizer = new(() => tokenizer is null ? OwnTokenizer() : OtherTokenizer(tokenizer));
    }

    /// <summary>As typed.</summary>
    public string Name { get; }

    /// <exception cref="InvalidOperationException">It was opened for prompts, and the weights are not there.</exception>
    public Gpt2Weights Weights => _weights ?? throw new InvalidOperationException($"{Name}: opened without weights.");

    /// <summary>What is odd about the weights' files; null where they are not there.</summary>
    public CheckpointFacts? Checkpoint => _weights?.Checkpoint;

    /// <summary>SHA-256 of the weights; null where they are not there.</summary>
    public string? Sha256 => _weights?.Sha256;

    public ModelConfig Config { get; }

    /// <summary>Where its files are; null for the demo and where they are not here.</summary>
    public string? Folder { get; private init; }

    /// <summary>The revision in the hub's cache that it is; null for the demo and for a folder.</summary>
    public HubSnapshot? Snapshot { get; private init; }

    public bool IsDemo => Name == DemoModel.Name;

    /// <summary>The files with its vocabulary; empty where it has no tokenizer.</summary>
    public IReadOnlyList<string> TokenizerFiles => Folder is null ? ["vocab.json", "merges.txt"] : Gpt2Tokenizer.FilesIn(Folder);

    /// <summary>The tokenizer; null when its own files are not there, or bad, or of another kind: that matters for text alone.</summary>
    /// <exception cref="IOException">It was asked for by --tokenizer, and there is no such one.</exception>
    /// <exception cref="InvalidDataException">It was asked for by --tokenizer, and is bad.</exception>
    public Gpt2Tokenizer? Tokenizer => _tokenizer.Value;

    /// <summary>The tokenizer, for text: says once where it may lack files that add tokens.</summary>
    public Gpt2Tokenizer? TextTokenizer
    {
        get
        {
            var isUnsure = !_isTextTold && _hasOwnTokenizer && Snapshot is { TokenizerFiles: null } && TokenizerFiles.Count > 0
                && !((string[])["tokenizer.json", "tokenizer_config.json", "added_tokens.json"]).Any(IsThere);
            _isTextTold = true;
            if (isUnsure)
                _notice($"{Name}: whether it has files that add tokens is not known, since none is in the cache; "
                    + $"'seqcont model pull {Name}' makes sure");
            return Tokenizer;
        }
    }

    /// <summary>Why <see cref="Tokenizer"/> is null, once that was asked for.</summary>
    public string? WhyNoTokenizer { get; private set; }

    /// <summary>A token's text; null where the model has no tokenizer.</summary>
    public Func<int, string>? TokenText => Tokenizer is { } tokenizer ? tokenizer.TextOrNumber : null;

    /// <summary>Opens a model: the demo, a folder, or one of the hub's in the cache.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="tokenizer">gpt2, vocab.json or a folder, for another tokenizer than its own; null for that.</param>
    /// <param name="notice">Told, in a line, what is odd about its tokenizer or its prompts.</param>
    /// <param name="unembedding">Which of two unembeddings to take.</param>
    /// <param name="forPrompts">Whether a published GPT-2 does without its weights where the cache does not hold it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MissingModelException">It is one of the hub's, and the cache does not hold it.</exception>
    /// <exception cref="IOException">There is no such model, or a file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is bad.</exception>
    public static ModelSource Open(
        string name, string? tokenizer, Action<string> notice, UnembeddingChoice unembedding = UnembeddingChoice.Config,
        bool forPrompts = false, CancellationToken cancellationToken = default)
    {
        ModelSource With(Gpt2Weights weights, string? folder, HubSnapshot? snapshot = null) =>
            new(name, weights.Config, weights, tokenizer, notice) { Folder = folder, Snapshot = snapshot };
        if (name == DemoModel.Name) return With(DemoModel.LoadWeights(unembedding), null);
        var folder = name == "gpt2-small" && !Directory.Exists(name) ? "gpt2" : name;
        if (Directory.Exists(folder)) return With(Gpt2Weights.Load(folder, unembedding), folder);
        if (!HubName.TryParse(name, out var model))
            throw new DirectoryNotFoundException(
                $"--model {name}: no such folder; expected demo, gpt2 or another model of a hub, or a folder with config.json and "
                    + "model.safetensors.");
        if (Hub.Find(model, notice, cancellationToken) is { } snapshot)
            return With(Gpt2Weights.Load(snapshot.Folder, unembedding), snapshot.Folder, snapshot);
        return forPrompts && Published(model) is { } config ? new(name, config, null, tokenizer ?? Gpt2Tokenizer.Gpt2Name, notice)
            : throw new MissingModelException(model, Hub.Settings());
    }

    /// <summary>The tokenizer, which the generator needs.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public Gpt2Tokenizer RequireTokenizer() => TextTokenizer
        ?? throw new FileNotFoundException($"{WhyNoTokenizer}; making prompts needs the model's tokenizer.");

    /// <summary>Rows as the model's tokens; says so where BOS comes twice.</summary>
    public PromptSet Set(IReadOnlyList<PromptRow> rows, string from, int? bos)
    {
        if (rows.Index().FirstOrDefault(row => row.Item.Text is not null) is { Item: not null } text && TextTokenizer is null)
            throw new InvalidDataException(
                $"{from}: row {text.Index + 1}: expected token ids, since the model has no tokenizer ({WhyNoTokenizer}), got text.");
        var set = PromptSet.Create(rows, Tokenizer, Config, bos, from);
        var twice = bos is null ? 0 : set.Tokens.Count(tokens => tokens.Length > 1 && tokens[1] == bos);
        var name = bos is { } id && TokenText is { } textOf ? Lines.Printable(textOf(id)) : $"token {bos}";
        if (twice > 0)
            _notice($"{from}: {twice} of {set.Count} prompts begin with {name} and get it once "
                + "more as BOS, so that every position is one later; leave --bos out, or give --no-bos where it is on by itself");
        return set;
    }

    /// <summary>The model's begin-of-text token.</summary>
    /// <exception cref="InvalidDataException">It names none, or one that is not in its vocabulary.</exception>
    public int Bos(string advice = "")
    {
        if (Config.BosFault is { } fault) throw new InvalidDataException($"--bos: {fault.TrimEnd('.')}{advice}.");
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

    public void Dispose() => _weights?.Dispose();

    private static ModelConfig? Published(HubName model) => model.PlainName switch
    {
        "gpt2" => ModelConfig.Small,
        "gpt2-medium" => ModelConfig.Medium,
        "gpt2-large" => ModelConfig.Large,
        "gpt2-xl" => ModelConfig.Xl,
        "distilgpt2" => ModelConfig.Small with { NLayers = 6 },
        _ => null,
    };

    private Gpt2Tokenizer OtherTokenizer(string name)
    {
        var tokenizer = name == Gpt2Tokenizer.Gpt2Name ? Gpt2Tokenizer.Gpt2()
            : name == PairName ? OwnPair()
            : Directory.Exists(name) ? Told(Gpt2Tokenizer.Load(name))
            : throw new DirectoryNotFoundException(
                $"--tokenizer {name}: no such folder; expected gpt2, {PairName} (the model's own, with merges.txt), or a folder with "
                    + "tokenizer.json, or vocab.json and merges.txt.");
        return tokenizer.VocabularySize <= Config.DVocab ? tokenizer : throw new InvalidDataException(
            $"--tokenizer {name}: expected at most {Config.DVocab} tokens, the vocabulary of {Name}, got {tokenizer.VocabularySize}.");
    }

    private Gpt2Tokenizer OwnPair() => Folder is null ? Demo()
        : Missing() is { } missing ? throw new FileNotFoundException($"--tokenizer {PairName}: {missing}.")
        : Told(Gpt2Tokenizer.Load(Folder, skipsTokenizerJson: true));

    private Gpt2Tokenizer? OwnTokenizer()
    {
        if (Folder is null) return Demo();
        WhyNoTokenizer = Missing();
        if (WhyNoTokenizer is not null) return null;
        try
        {
            return Told(Gpt2Tokenizer.Load(Folder));
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException)
        {
            // The model itself can be used, with token ids. Another file in the place of a bad one would give other ids than it meant.
            var isBesidePair = TokenizerFiles.Count == 3
                && error.Message.StartsWith(Path.Combine(Folder, "tokenizer.json"), StringComparison.Ordinal);
            WhyNoTokenizer = error.Message.TrimEnd('.')
                + (isBesidePair ? $"; --tokenizer {PairName} reads vocab.json and merges.txt instead" : "");
            return null;
        }
    }

    /// <summary>What is missing of its files; null for nothing.</summary>
    private string? Missing() => Snapshot?.TokenizerFiles?.FirstOrDefault(file => !IsThere(file)) is { } due
        ? $"{Path.Combine(Folder!, due)}: not found, though the model has it; 'seqcont model pull {Name}' fetches it"
        : TokenizerFiles.Count > 0 ? null
        : $"{Folder} has no tokenizer.json, and no vocab.json with merges.txt"
            + (Snapshot is null ? "" : $"; 'seqcont model pull {Name}' fetches them if the hub has them")
            + (Config.DVocab == ModelConfig.Small.DVocab ? "; if its vocabulary is GPT-2's, give --tokenizer gpt2" : "");

    private bool IsThere(string file) => File.Exists(Path.Combine(Folder!, file));

    private Gpt2Tokenizer Demo()
    {
        using var vocab = DemoModel.Open("vocab.json");
        using var merges = DemoModel.Open("merges.txt");
        return Gpt2Tokenizer.Create(vocab, merges, Name);
    }

    private Gpt2Tokenizer Told(Gpt2Tokenizer tokenizer)
    {
        foreach (var notice in tokenizer.Notices) _notice(notice);
        return tokenizer;
    }
}
