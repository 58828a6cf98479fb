namespace SeqCont.Reports;

/// <summary>The colours of pictures, by what they mean.</summary>
internal enum Tone
{
    /// <summary>Nothing is drawn.</summary>
    None,

    /// <summary>The page's ground.</summary>
    Paper,

    /// <summary>The ground of nodes and tiles.</summary>
    Panel,

    /// <summary>Text.</summary>
    Ink,

    /// <summary>Text that stands back.</summary>
    Muted,

    /// <summary>Lines that stand back, and what is ablated.</summary>
    Faint,

    /// <summary>Grid lines.</summary>
    Hair,

    /// <summary>What carries the answer; more of a scale.</summary>
    Accent,

    /// <summary>What counters the answer; the other side of a scale.</summary>
    Contra,

    /// <summary>Text on a strong accent.</summary>
    OnAccent,

    /// <summary>The first of six colours of series; the others follow.</summary>
    Series,
}

/// <summary>
/// Colours for pictures on paper. A page defines the same names as variables, in a light and a dark form
/// (report.css). Series are a variant of Okabe and Ito's colours, which colour-blind readers tell apart.
/// </summary>
internal static class Palette
{
    /// <summary>Colours of series before they repeat.</summary>
    public const int SeriesCount = 6;

    private static readonly string[] Light =
        ["none", "#ffffff", "#ffffff", "#1c2127", "#5c6570", "#b9c0c8", "#e6e8eb", "#1f63a8", "#c05615", "#ffffff"];

    private static readonly string[] LightSeries = ["#0067a8", "#cf5a00", "#008a66", "#b3588f", "#97750a", "#4a5ccf"];

    private static readonly string[] Names = ["none", "paper", "panel", "ink", "muted", "faint", "hair", "accent", "contra", "on-accent"];

    /// <summary>The colour of the i-th series.</summary>
    public static Tone OfSeries(int i) => Tone.Series + (i % SeriesCount);

    /// <summary>The colour of a heat map's cell.</summary>
    public static Look Shade(double value, double strength) => new(value < 0 ? Tone.Contra : Tone.Accent, 0.03 + 0.97 * strength);

    /// <summary>The colour of text on such a cell.</summary>
    public static Tone On(double strength, Tone otherwise = Tone.Ink) => strength > 0.6 ? Tone.OnAccent : otherwise;

    /// <summary>A colour as an SVG attribute's value.</summary>
    /// <param name="tone">What it means.</param>
    /// <param name="inPage">Whether the page's variables hold, or the picture stands alone.</param>
    public static string Of(Tone tone, bool inPage)
    {
        if (tone == Tone.None) return "none";
        var isSeries = tone >= Tone.Series;
        if (inPage) return isSeries ? $"var(--series-{tone - Tone.Series})" : $"var(--{Names[(int)tone]})";
        return isSeries ? LightSeries[tone - Tone.Series] : Light[(int)tone];
    }
}
