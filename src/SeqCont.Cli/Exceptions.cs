namespace SeqCont.Cli;

/// <summary>The command was typed wrongly: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The run was cancelled, and this says what is on disk: exit code 130.</summary>
internal sealed class CancelledException(string message, Exception inner) : OperationCanceledException(message, inner);
