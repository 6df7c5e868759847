namespace DotNats;

/// <summary>A reload was refused; the server goes on as it was. The message names every change that needs a restart, one a line.</summary>
public sealed class ReloadException : Exception
{
    public ReloadException() { }

    public ReloadException(string message) : base(message) { }

    public ReloadException(string message, Exception? innerException) : base(message, innerException) { }

    internal ReloadException(IReadOnlyList<string> reasons) : base(string.Join('\n', reasons)) => Reasons = reasons;

    /// <summary>What was refused, each in nats-server's words.</summary>
    public IReadOnlyList<string> Reasons { get; } = [];
}
