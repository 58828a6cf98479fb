using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.GpuCheck;

/// <summary>What was asked for.</summary>
internal sealed class CheckOptions
{
    private readonly string? _clean, _corrupt;

    public CheckOptions(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => i + 1 < args.Length ? args[++i] : throw new ArgumentException($"{args[i]} needs a value.");
            switch (args[i])
            {
                case "--device": Device = Value(); break;
                case "--out": Out = Value(); break;
                case "--baseline": Baseline = Value(); break;
                case "--clean": _clean = Value(); break;
                case "--corrupt": _corrupt = Value(); break;
                case "--quick": IsQuick = true; break;
                default: throw new ArgumentException($"unknown option {args[i]}.");
            }
        }
    }

    public string Device { get; } = "cuda";

    public string? Out { get; }

    /// <summary>What cublas.py printed, beside which products are put.</summary>
    public string? Baseline { get; }

    /// <summary>Small shapes and few prompts: for devices that are no GPU.</summary>
    public bool IsQuick { get; }

    /// <summary>Prompts given as files of token ids; null: made up.</summary>
    public (PromptSet Clean, PromptSet Corrupted)? Prompts(int count)
    {
        if (_clean is null || _corrupt is null) return null;
        PromptSet Read(string path)
        {
            var rows = PromptFile.Read(path);
            // Evenly from all templates.
            PromptRow[] chosen = [.. Enumerable.Range(0, Math.Min(count, rows.Count))
                .Select(i => rows[(int)((long)i * rows.Count / Math.Min(count, rows.Count))])];
            return PromptSet.Create(chosen, null, ModelConfig.Small, null, path);
        }

        return (Read(_clean), Read(_corrupt));
    }
}
