namespace SeqCont.Reports;

/// <summary>A part of a page under one heading.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Lead">How to read it, in a sentence or two.</param>
/// <param name="Blocks">What it holds.</param>
internal sealed record Section(string Id, string Title, string Lead, IReadOnlyList<Block> Blocks);

/// <summary>A picture, a table or a graph.</summary>
internal abstract record Block;

/// <summary>A heading over the blocks that follow: a run's name.</summary>
internal sealed record Heading(string Text) : Block;

/// <summary>A picture.</summary>
/// <param name="Name">Of its file, without the ending.</param>
/// <param name="Caption">What stands over it; empty for nothing.</param>
/// <param name="Draw">Draws it; the argument says whether it becomes part of a page.</param>
/// <param name="IsAlone">Whether it has a row of the page to itself.</param>
internal sealed record Figure(string Name, string Caption, Func<bool, string> Draw, bool IsAlone = false) : Block;

/// <summary>A circuit graph: two pictures of nodes that a page's script completes.</summary>
/// <param name="Graph">The circuits.</param>
/// <param name="Figures">The same as pictures of their own.</param>
internal sealed record GraphBlock(CircuitGraph Graph, IReadOnlyList<Figure> Figures) : Block;

/// <summary>A table.</summary>
/// <param name="Caption">What stands over it; empty for nothing.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">Cells, [row][column].</param>
/// <param name="TextColumns">Columns from the left that are text; the others are numbers.</param>
/// <param name="Fold">Whether it is closed until a reader opens it.</param>
internal sealed record Table(string Caption, string[] Columns, IReadOnlyList<string[]> Rows, int TextColumns, bool Fold = false) : Block
{
    /// <summary>The same without columns that no row fills.</summary>
    public Table WithoutEmptyColumns()
    {
        var filled = Enumerable.Range(0, Columns.Length).Where(i => Rows.Any(row => row[i].Length > 0)).ToArray();
        return this with
        {
            Columns = [.. filled.Select(i => Columns[i])],
            Rows = [.. Rows.Select(row => filled.Select(i => row[i]).ToArray())],
            TextColumns = filled.Count(i => i < TextColumns),
        };
    }
}
