using SeqCont.Circuits;
using SeqCont.Engine.Cpu;
using SeqCont.Model;

// Finds the demo model's circuit for "Van done in 1. Hat done in 2. Ring done in" through the library alone.
using var weights = DemoModel.LoadWeights();
using var ops = new CpuOps();
using var model = new Gpt2Model(ops, weights);

using var vocab = DemoModel.Open("vocab.json");
using var merges = DemoModel.Open("merges.txt");
using var words = DemoModel.Open("words.json");
var tokenizer = Gpt2Tokenizer.Create(vocab, merges, DemoModel.Name);
var rows = new TaskGenerator(TaskWords.Read(words, "words.json"), tokenizer).Generate("numerals", numSamps: 64, seed: 0);
var clean = Prompts(rows.Clean, rows.CleanSource);
var corrupted = Prompts(rows.Corrupt, rows.CorruptSource);

var found = NodePruning.Run(model, clean, corrupted, new NodePruningConfig { MinFaithfulness = 0.8 });

Console.WriteLine($"circuit: {string.Join(", ", found.Circuit.Heads.Concat(found.Circuit.Mlps))}");
Console.WriteLine(FormattableString.Invariant($"faithfulness {found.Faithfulness:0.0000}, {found.Trace.Count} candidates"));

PromptSet Prompts(IReadOnlyList<PromptRow> rows, string source) =>
    PromptSet.Create(rows, tokenizer, model.Config, bos: null, source);
