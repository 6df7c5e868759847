namespace DotNats.Logging;

/// <summary>A log file cannot be opened or a syslog daemon not be reached. The message is nats-server's and complete.</summary>
public sealed class LogDestinationException : Exception
{
    public LogDestinationException() { }

    public LogDestinationException(string message) : base(message) { }

    public LogDestinationException(string message, Exception? innerException) : base(message, innerException) { }
}
