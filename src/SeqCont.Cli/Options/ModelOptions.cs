using System.Text.RegularExpressions;
using SeqCont.Model;

namespace SeqCont.Cli.Options;

/// <summary>Which model, where it runs, and with what.</summary>
internal static class ModelOptions
{
    public static string ReadName(
        OptionTable options, string otherwise = "demo",
        string description = "demo (inside the program); a folder with config.json, model.safetensors and a tokenizer (tokenizer.json, or "
            + "vocab.json and merges.txt); gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or OWNER/NAME, each perhaps with "
            + "@REVISION, from the hub's cache (seqcont model pull fills it)") =>
        options.Text("--model", "NAME|DIR", description, otherwise);

    /// <summary>What turns text into tokens.</summary>
    /// <returns>Null: the model's own files.</returns>
    public static string? ReadTokenizer(OptionTable options) => options.Text("--tokenizer", "gpt2|vocab.json|DIR",
        "What turns text into tokens: gpt2 (GPT-2's own vocabulary, inside the program), vocab.json (the model's own, with merges.txt, "
            + "though tokenizer.json is there) or a folder with tokenizer.json, or vocab.json and merges.txt (default: the model's own "
            + "files)");

    /// <summary>What gives the logits where the weights hold two matrices for that.</summary>
    public static UnembeddingChoice ReadUnembedding(OptionTable options) => options.Choice("--unembedding",
        "What gives the logits where the weights hold wte.weight and another lm_head.weight: what config.json says (lm_head where "
            + "tie_word_embeddings is false, else wte), or one of them by name", "config", "wte", "lm_head") switch
    {
        "wte" => UnembeddingChoice.Embedding,
        "lm_head" => UnembeddingChoice.Head,
        _ => UnembeddingChoice.Config,
    };

    /// <summary>What belongs to a model by name.</summary>
    public static ModelChoice Read(OptionTable options, string name)
    {
        var choice = new ModelChoice(
            name,
            options.Text("--device", "auto|cpu|cuda[:N]|opencl[:N]",
                "Where to compute; auto takes the first CUDA device that can be used, else the CPU, and says which (seqcont devices lists "
                    + "them)", "auto"),
            options.Choice("--precision",
                "fp32 is accurate on every device; tf32 is faster and coarse, on a GPU; fp64 is the plain reference: exact and slow",
                "fp32", "fp64", "tf32"),
            options.Count("--threads", "Threads; results have the same bits for any number (default: all processors)"),
            options.Take<long?>("--memory", "SIZE",
                "Memory to stay below, such as 4GB; results do not depend on it (default: 60 % of the machine's)",
                "a size such as 4GB or 512MB", text => ByteSize.Parse(text)),
            ReadUnembedding(options),
            ReadTokenizer(options));
        RequireDevice(choice);
        return choice;
    }

    private static void RequireDevice(ModelChoice choice)
    {
        var device = choice.Device;
        var isGpu = Regex.IsMatch(device, @"^(cuda|opencl)(:[0-9]{1,3})?\z");
        if (!isGpu && device is not ("auto" or "cpu"))
            throw new UsageException($"--device: expected auto, cpu, cuda, cuda:N, opencl or opencl:N, got '{device}'.");
        if (choice.Precision == "tf32" && !isGpu) throw new UsageException("--precision tf32 is a GPU's: give --device cuda with it.");
        if (choice.Precision == "fp64" && isGpu)
            throw new UsageException("--precision fp64 is the plain reference, on the CPU: leave --device out.");
        if (choice.Threads is not null && isGpu) throw new UsageException("--threads are the CPU's: leave it out with a GPU.");
    }
}

/// <summary>Which model, where it runs, and with what, as asked for.</summary>
/// <param name="Model">demo, a name, or a folder.</param>
/// <param name="Device">auto, cpu, cuda, opencl; the last two perhaps with a number.</param>
/// <param name="Precision">fp32, tf32 or fp64.</param>
/// <param name="Threads">Null: all processors.</param>
/// <param name="Memory">Bytes; null: a share of the machine's.</param>
/// <param name="Unembedding">What gives the logits.</param>
/// <param name="Tokenizer">gpt2, vocab.json or a folder; null: the model's own.</param>
internal sealed record ModelChoice(
    string Model, string Device, string Precision, int? Threads, long? Memory, UnembeddingChoice Unembedding, string? Tokenizer);
