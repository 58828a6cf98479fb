using System.Globalization;
using PublicApiGenerator;
using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Kernels;
using SeqCont.Model;
using SeqCont.Reports;
using SeqCont.Tools;

// What maintainers run:
//   random-model small|medium|large|xl FOLDER [--dtype f32|f16|bf16] [--shards N] [--seed N]
//                        writes a model of a GPT-2 shape with random weights
//   load-check FOLDER [--runs N] [--threads N] [--rows N]
//                        times opening and packing a model, its memory, a forward pass; compares N rows of logits with the reference
//   code-size FOLDER...  counts C# tokens, comments and usings left out
//   clones LENGTH FOLDER...
//                        places that share LENGTH tokens in a row once identifiers are renamed; ends with 1 when there are any
//   public-api FOLDER    writes each library's public API as text (tests/data/api holds it)
try
{
    return args switch
    {
        ["random-model", .. var rest] => RandomModel.Run(new Options(rest, "--dtype", "--shards", "--seed")) ?? Usage(),
        ["load-check", .. var rest] => CheckLoading(new Options(rest, "--runs", "--threads", "--rows")),
        ["public-api", var folder] => PublicApi(folder),
        ["code-size", _, ..] => CodeSize(args[1..]),
        ["clones", var length, _, ..] => Clones(int.Parse(length, CultureInfo.InvariantCulture), args[2..]),
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
    Console.Error.WriteLine(
        "usage: random-model small|medium|large|xl FOLDER [--dtype f32|f16|bf16] [--shards N] [--seed N] | load-check FOLDER [--runs N] "
            + "[--threads N] [--rows N] | code-size FOLDER... | clones LENGTH FOLDER... | public-api FOLDER");
    return 2;
}

static int CheckLoading(Options options)
{
    if (options.Words.Count != 1) return Usage();
    Console.WriteLine(LoadCheck.Heading);
    var threads = options.Number("--threads", 0);
    return LoadCheck.Run(options.Words[0], options.Number("--runs", 5, least: 1), threads == 0
        ? null : threads, options.Number("--rows", 2));
}

static int CodeSize(string[] folders)
{
    foreach (var folder in folders) Console.WriteLine($"{CodeTokens.Read([folder]).Count,8} {folder}");
    Console.WriteLine($"{CodeTokens.Read(folders).Count,8} in all");
    return 0;
}

static int Clones(int length, string[] folders)
{
    var clones = CodeTokens.Read(folders).Clones(length);
    foreach (var clone in clones) Console.WriteLine(clone);
    return clones.Count == 0 ? 0 : 1;
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
        File.WriteAllText(Path.Combine(folder, $"{name}.txt"), room.Assembly.GeneratePublicApi(options)
            .ReplaceLineEndings("\n").TrimEnd() + "\n");
    }

    return 0;
}
