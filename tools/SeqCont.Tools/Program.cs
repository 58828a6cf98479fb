using System.Globalization;
using PublicApiGenerator;
using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Kernels;
using SeqCont.Model;
using SeqCont.Reports;

// What maintainers run:
//   random-model small|medium|large|xl FOLDER [SEED]   writes a model of a GPT-2 shape with random weights
//   public-api FOLDER                                  writes each library's public API as text (tests/data/api holds it)
try
{
    return args switch
    {
        ["random-model", var shape, var folder, .. var seed] => RandomModel(shape, folder, seed),
        ["public-api", var folder] => PublicApi(folder),
        _ => Usage(),
    };
}
catch (Exception exception) when (exception is IOException or InvalidDataException or FormatException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static int Usage()
{
    Console.Error.WriteLine("usage: random-model small|medium|large|xl FOLDER [SEED] | public-api FOLDER");
    return 2;
}

static int RandomModel(string shape, string folder, string[] seed)
{
    var config = shape switch
    {
        "small" => Gpt2Config.Small,
        "medium" => Gpt2Config.Medium,
        "large" => Gpt2Config.Large,
        "xl" => Gpt2Config.Xl,
        _ => null,
    };
    if (config is null) return Usage();
    using var weights = RandomWeights.Create(config, seed.Length == 0 ? 0 : int.Parse(seed[0], CultureInfo.InvariantCulture));
    Directory.CreateDirectory(folder);
    weights.Save(folder);
    return 0;
}

static int PublicApi(string folder)
{
    Directory.CreateDirectory(folder);
    Type[] rooms = [typeof(InstructionSets), typeof(IOps), typeof(Gpt2Model), typeof(Circuit), typeof(RunFolder)];
    foreach (var room in rooms)
    {
        // The commit in the version changes with every build.
        var options = new ApiGeneratorOptions { IncludeAssemblyAttributes = false };
        var name = room.Assembly.GetName().Name!;
        File.WriteAllText(Path.Combine(folder, $"{name}.txt"), room.Assembly.GeneratePublicApi(options).ReplaceLineEndings("\n").TrimEnd() + "\n");
    }

    return 0;
}
