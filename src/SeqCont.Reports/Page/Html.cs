using System.Text;

namespace SeqCont.Reports;

/// <summary>Writes HTML: every text and attribute is escaped, elements are closed in order.</summary>
internal sealed class Html
{
    private readonly StringBuilder _html = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element.</summary>
    /// <param name="element">Its name.</param>
    /// <param name="attributes">Names and values; an empty value writes the name alone.</param>
    public Html Open(string element, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Tag(element, attributes);
        _open.Push(element);
        return this;
    }

    /// <summary>Closes the newest open element.</summary>
    public Html Close()
    {
        _html.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    /// <summary>An element without content.</summary>
    public Html Empty(string element, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Tag(element, attributes);
        return this;
    }

    /// <summary>Text.</summary>
    public Html Text(string text)
    {
        _html.Append(Markup.Escape(text));
        return this;
    }

    /// <summary>An element with text only.</summary>
    public Html Element(string element, string text, params ReadOnlySpan<(string Name, string Value)> attributes) =>
        Open(element, attributes).Text(text).Close();

    /// <summary>Markup that is this program's own or already escaped.</summary>
    public Html Raw(string markup)
    {
        _html.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();

    private void Tag(string element, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _html.Append('<').Append(element);
        foreach (var (name, value) in attributes)
        {
            _html.Append(' ').Append(name);
            if (value.Length > 0) _html.Append("=\"").Append(Markup.Escape(value)).Append('"');
        }

        _html.Append('>');
    }
}
