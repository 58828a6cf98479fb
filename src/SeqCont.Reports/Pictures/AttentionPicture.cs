using static System.FormattableString;

namespace SeqCont.Reports;

/// <summary>A head's mean attention: queries down, keys across, the entries that its role rests on outlined.</summary>
/// <param name="all">Its pattern; the last positions of one that is longer than can be drawn are.</param>
/// <param name="tokens">Labels of positions.</param>
/// <param name="inPage">Whether it becomes part of a page.</param>
/// <param name="caption">What the mean is over, for a picture by itself, which is larger and names its axes; null for one among
/// others.</param>
internal sealed class AttentionPicture(AttentionHead all, string[] tokens, bool inPage, string? caption = null)
{
    /// <summary>The most positions drawn: the last ones, which hold the answer's place.</summary>
    public const int MostPositions = 96;

    private readonly int _first = Math.Max(0, tokens.Length - MostPositions);
    private AttentionHead _head = null!;
    private string[] _labels = [];
    private Plot _plot;
    private SvgDrawing _svg = null!;

    /// <summary>Draws the head.</summary>
    public string Draw()
    {
        var marks = all.Highlights.Where(mark => mark.Query >= _first && mark.Key >= _first)
            .Select(mark => (mark.Query - _first, mark.Key - _first));
        _head = all with { Highlights = [.. marks], Pattern = [.. all.Pattern.Skip(_first).Select(row => row[_first..])] };
        _labels = [.. tokens.Skip(_first).Select(token => token == "<|endoftext|>" ? "BOS" : Markup.Word(token, 14))];
        _plot = Plot.Of(_labels, caption is not null);
        var (name, over) = (_head.Head.Label, _first == 0 ? caption : $"{caption}; the last {_labels.Length} of {tokens.Length} positions");
        _svg = new SvgDrawing(_plot.Left + _plot.Side + 12, _plot.Top + _plot.Side + _plot.Left + 4,
            $"Mean attention of head {name}{(caption is null ? "" : $": {over}")}", inPage, "steps");
        _svg.Text(_plot.Left, 18, caption is null ? name : $"Head {name}", Type.Heading);
        var most = Math.Max(1e-9, _head.Pattern.SelectMany(row => row.Skip(1)).DefaultIfEmpty(1).Max());
        var role = _head.Role is null ? "" : _head.Role + ", ";
        _svg.Text(_plot.Left + _plot.Side, 18, Invariant($"{role}full colour {most:0.00}"), Type.End);
        DrawCells(most);
        DrawLabels();
        foreach (var (query, key) in _head.Highlights)
            _svg.Rect(_plot.X(key), _plot.Y(query), _plot.Cell, _plot.Cell,
                new Look(Tone.None, 1, Tone.Contra, Math.Clamp(_plot.Cell / 8, 1, 2)));
        if (caption is not null) DrawNames(over!);
        return _svg.Finish();
    }

    // Most heads rest on the first position: full colour is the largest entry elsewhere.
    private void DrawCells(double most)
    {
        for (var query = 0; query < _labels.Length; query++)
        {
            for (var key = 0; key <= query; key++)
            {
                var value = _head.Pattern[query][key];
                var tip = Invariant($"{_labels[query]} ({query + _first}) \u2192 {_labels[key]} ({key + _first})\n{value:0.0000}");
                _svg.Rect(_plot.X(key), _plot.Y(query), _plot.Cell, _plot.Cell,
                    new Look(Tone.Accent, Math.Clamp(value / most, 0, 1), Tone.Hair, 0.5), 0, new Mark(tip, query, key));
            }
        }
    }

    private void DrawLabels()
    {
        var every = (int)Math.Ceiling(_plot.Font / _plot.Cell);
        var (queries, keys) = (_head.Highlights.Select(mark => mark.Query).ToHashSet(),
            _head.Highlights.Select(mark => mark.Key).ToHashSet());
        for (var i = 0; i < _labels.Length; i++)
        {
            if (i % every != 0 && !queries.Contains(i) && !keys.Contains(i)) continue;
            var middle = (i + 0.5) * _plot.Cell + _plot.Font * 0.35;
            _svg.Text(_plot.Left - 6, _plot.Top
                + middle, _labels[i], new Type(_plot.Font, queries.Contains(i) ? Tone.Contra : Tone.Muted, "end", queries.Contains(i)));
            _svg.Text(_plot.Left + middle, _plot.Top + _plot.Side + 6, _labels[i],
                new Type(_plot.Font, keys.Contains(i) ? Tone.Contra : Tone.Muted, "end", keys.Contains(i), Turn: -90));
        }
    }

    private void DrawNames(string over)
    {
        _svg.Text(_plot.Left, 36, over, Type.Start);
        _svg.Text(16, _plot.Top + _plot.Side / 2, "query: the token that attends", Type.Middle with { Turn = -90 });
        _svg.Text(_plot.Left + _plot.Side / 2, _plot.Top + _plot.Side + _plot.Left - 8, "key: the token attended to",
            Type.Middle);
    }

    /// <summary>Where the square of cells lies, in pixels.</summary>
    private readonly record struct Plot(double Left, double Top, double Cell, double Font, double Side)
    {
        public static Plot Of(string[] labels, bool isAlone)
        {
            var cell = Math.Clamp((isAlone ? 520.0 : 310) / labels.Length, 3, isAlone ? 24 : 16);
            var font = Math.Clamp(cell * 0.72, 7, isAlone ? 12 : 11);
            var left = labels.Max(label => SvgDrawing.TextWidth(label, font)) + (isAlone ? 38 : 14);
            return new Plot(left, isAlone ? 48 : 30, cell, font, cell * labels.Length);
        }

        public double X(int key) => Left + key * Cell;

        public double Y(int query) => Top + query * Cell;
    }
}
