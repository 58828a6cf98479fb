using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Hugging Face's names of activations (ACT2FN), those that are computed: a formula may have several names.</summary>
internal static class HubActivations
{
    // A formula's first name is the one that is written.
    private static readonly (string Name, Activation Activation)[] Known =
    [
        ("gelu_new", Activation.GeluNew), ("gelu_fast", Activation.GeluNew), ("gelu_accurate", Activation.GeluNew),
        ("gelu_pytorch_tanh", Activation.GeluNew), ("gelu_python_tanh", Activation.GeluNew),
        ("gelu", Activation.Gelu), ("gelu_python", Activation.Gelu), ("relu", Activation.Relu),
        ("silu", Activation.Silu), ("swish", Activation.Silu),
    ];

    /// <summary>What a key of config.json names; <paramref name="absent"/> where it is not there.</summary>
    internal static Activation Read(ConfigJson json, string key, Activation absent)
    {
        if (json.Text(key) is not { } name) return absent;
        foreach (var (known, activation) in Known)
            if (known == name) return activation;
        throw json.Bad($"{key}: '{BadFile.Printable(name)}' is not supported: expected one of "
            + $"{string.Join(", ", Known.Select(known => known.Name))}.");
    }

    internal static string NameOf(Activation activation) => Known.First(known => known.Activation == activation).Name;
}
