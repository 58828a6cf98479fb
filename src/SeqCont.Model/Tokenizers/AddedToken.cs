namespace SeqCont.Model;

/// <summary>A token that a text is searched for before it is split into words, as in Hugging Face's tokenizers.</summary>
/// <param name="Text">The text that stands for it.</param>
/// <param name="Id">Its id.</param>
public sealed record AddedToken(string Text, int Id)
{
    /// <summary>Whether it takes in the white space before it.</summary>
    public bool LStrip { get; init; }

    /// <summary>Whether it takes in the white space after it.</summary>
    public bool RStrip { get; init; }

    /// <summary>Whether it counts only where no letter, digit, mark or underscore is next to it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Whether it is searched for last, in what the tokens without this have left.</summary>
    public bool Normalized { get; init; }
}
