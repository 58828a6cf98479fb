using SeqCont.Engine.Gpu;
using SeqCont.Kernels.Activations;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>A product's operands and what comes out of them in double precision. Numbers lie in [-1, 1].</summary>
internal sealed class PtxProduct
{
    private const double Float32 = 1.0 / (1 << 24), Tf32 = 1.0 / (1 << 11);

    private readonly Random _random = new(1);
    private readonly int _rows, _k, _n, _stride;
    private readonly int[] _terms, _columns, _ids, _slots;
    private readonly double[] _a, _weights, _bias, _table, _before;

    /// <param name="rows">Rows of A.</param>
    /// <param name="k">Length of a row of A.</param>
    /// <param name="terms">Terms that are summed.</param>
    /// <param name="n">Columns of the weights.</param>
    /// <param name="columns">Columns that are computed.</param>
    public PtxProduct(int rows, int k, int[] terms, int n, int[] columns)
    {
        (_rows, _k, _n, _stride, _terms, _columns) = (rows, k, n, (n + 3) / 4 * 4, terms, columns);
        (_a, _weights, _bias, _table, _before) =
            (Numbers(rows * k), Numbers(k * _stride), Numbers(n), Numbers(3 * n), Numbers((rows + 3) * n));
        var all = Enumerable.Range(0, rows + 3).ToArray();
        _random.Shuffle(all);
        (_ids, _slots) = ([.. all.Take(rows).Order()], [.. all.Select(number => number % 3)]);
    }

    /// <summary>Elements that A's view starts from in its buffer.</summary>
    public int StartOfA { get; init; }

    /// <summary>Numbers of some blocks, one after another.</summary>
    public static int[] Blocks(int size, params int[] blocks) => [.. blocks.SelectMany(block => Enumerable.Range(block * size, size))];

    /// <summary>What a sum may be off by: as GpuProductTests has it.</summary>
    public double Tolerance(GpuArithmetic arithmetic) =>
        (_terms.Length + 4.0) * 2
            * arithmetic switch { GpuArithmetic.Simt => Float32, GpuArithmetic.SplitTf32 => 4 * Float32, _ => 2 * Tf32 }
        + _terms.Length * _terms.Length * Float32;

    /// <summary>destination = activation(a w + bias), row by row number.</summary>
    public (float[] Actual, double[] Expected) Project(PtxRun run, GemmDialect dialect)
    {
        var destination = run.Floats(_before);
        Launch(run, dialect, destination, bias: run.Floats(_bias), activates: 1);
        Func<double, double> activation = dialect.Activation switch
        {
            Activation.Gelu => GeluReference.Apply,
            Activation.Relu => ReluReference.Apply,
            Activation.Silu => SiluReference.Apply,
            _ => GeluNewReference.Apply,
        };
        return (destination.Values<float>(), Expected((row, column, sum, _) => activation(sum + _bias[column])));
    }

    /// <summary>destination = destination + a w + table, each row by its slot.</summary>
    public (float[] Actual, double[] Expected) AddInPlace(PtxRun run, GemmDialect dialect)
    {
        var destination = run.Floats(_before);
        Launch(run, dialect, destination, source: destination, table: run.Floats(_table), slots: run.Memory.Add<int>(_slots));
        return (destination.Values<float>(), Expected((row, column, sum, before) => before + sum + _table[_slots[row] * _n + column]));
    }

    /// <summary>destination = a w, row after row.</summary>
    public (float[] Actual, double[] Expected) Plain(PtxRun run, GemmDialect dialect)
    {
        var destination = run.Floats(_before);
        Launch(run, dialect, destination, byRow: 0);
        return (destination.Values<float>(), Expected((_, _, sum, _) => sum, byRow: false));
    }

    /// <summary>Root of the mean square of what float32 multiply-adds, one after another, are off by.</summary>
    public double ErrorOfFloat32() => Error(Expected((_, _, sum, _) => sum, byRow: false), (i, column) =>
    {
        var sum = 0f;
        foreach (var term in _terms) sum = MathF.FusedMultiplyAdd((float)_a[i * _k + term], (float)_weights[term * _stride + column], sum);
        return sum;
    });

    /// <summary>The same of the machine.</summary>
    public double ErrorOf(PtxRun run, GemmDialect dialect)
    {
        var (actual, expected) = Plain(run, dialect);
        return Error(expected, (i, column) => actual[i * _n + column]);
    }

    private void Launch(
        PtxRun run, GemmDialect dialect, PtxBuffer destination, PtxBuffer? bias = null, PtxBuffer? source = null, PtxBuffer? table = null,
        PtxBuffer? slots = null, int activates = 0, int byRow = 1)
    {
        var tile = GemmDialects.Tiles(dialect.Arithmetic)[dialect.Tile];
        var (nothing, noIndices) = (run.Memory.Add(0f), run.Memory.Add(0));
        run.Launch(((_columns.Length + tile.Columns - 1) / tile.Columns, (_rows + tile.Rows - 1) / tile.Rows), tile.Threads, new
        {
            A = new PtxView(run.Floats([.. new double[StartOfA], .. _a]), StartOfA),
            Weights = run.Floats(_weights),
            KMap = _terms.Length == 0 ? noIndices : run.Memory.Add<int>(_terms),
            ColumnMap = run.Memory.Add<int>(_columns),
            Ids = run.Memory.Add<int>(_ids),
            Bias = bias ?? nothing,
            Source = source ?? nothing,
            Table = table ?? nothing,
            Slots = slots ?? noIndices,
            Destination = destination,
            Rows = _rows,
            K = _k,
            KCount = _terms.Length,
            ColumnCount = _columns.Length,
            Stride = _stride,
            N = _n,
            ByRow = byRow,
            HasBias = bias is null ? 0 : 1,
            Activates = activates,
            HasSource = source is null ? 0 : 1,
            HasTable = table is null ? 0 : 1,
            HasSlots = slots is null ? 0 : 1,
            Wide = _n % 4 == 0 && _columns.Length % 4 == 0 ? 1 : 0,
        });
    }

    private double[] Expected(Func<int, int, double, double, double> finish, bool byRow = true)
    {
        var expected = (double[])_before.Clone();
        for (var i = 0; i < _rows; i++)
        {
            var row = byRow ? _ids[i] : i;
            foreach (var column in _columns)
            {
                var sum = _terms.Sum(term => _a[i * _k + term] * _weights[term * _stride + column]);
                expected[row * _n + column] = finish(row, column, sum, _before[row * _n + column]);
            }
        }

        return expected;
    }

    private double Error(double[] expected, Func<int, int, float> actual) => Math.Sqrt(
        Enumerable.Range(0, _rows)
            .SelectMany(_ => _columns, (i, column) => actual(i, column) - expected[i * _n + column]).Average(error => error * error));

    private double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)(_random.NextDouble() * 2 - 1))];
}
