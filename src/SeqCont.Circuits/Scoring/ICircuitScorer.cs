namespace SeqCont.Circuits;

/// <summary>
/// A current circuit, and what is left of the model's answer: as it stands, and less one of its parts. Every search stands on
/// this; a scorer keeps what neighbours share, so that a score costs what changes.
/// </summary>
/// <typeparam name="TPart">What can go: a node, an edge.</typeparam>
internal interface ICircuitScorer<in TPart> : IDisposable
{
    /// <summary>The current circuit's metric on each prompt, in file order.</summary>
    double[] ScoreCurrent();

    /// <summary>The same when the current circuit loses one part; the circuit stays.</summary>
    /// <param name="part">A part of the current circuit.</param>
    double[] ScoreWithout(TPart part);

    /// <summary>Takes a part out of the current circuit.</summary>
    void Commit(TPart part);
}
