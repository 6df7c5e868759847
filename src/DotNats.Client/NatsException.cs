namespace DotNats.Client;

/// <summary>Something went wrong between this client and its server; the base of every exception of this library's own.</summary>
public class NatsException : Exception
{
    public NatsException() { }

    public NatsException(string message) : base(message) { }

    public NatsException(string message, Exception? innerException) : base(message, innerException) { }
}

/// <summary>The server refused something with <c>-ERR</c>; the message is the server's text without quotes.</summary>
public sealed class NatsServerException : NatsException
{
    public NatsServerException() { }

    public NatsServerException(string message) : base(message) { }

    public NatsServerException(string message, Exception? innerException) : base(message, innerException) { }
}

/// <summary>The connection has ended. The inner exception says why, if it was not closed by this side.</summary>
public sealed class NatsConnectionClosedException : NatsException
{
    public NatsConnectionClosedException() : base("The connection is closed.") { }

    public NatsConnectionClosedException(string message) : base(message) { }

    public NatsConnectionClosedException(string message, Exception? innerException) : base(message, innerException) { }

    internal static NatsConnectionClosedException Because(Exception? cause) =>
        cause is null ? new() : new NatsConnectionClosedException($"The connection is closed: {cause.Message}", cause);
}

/// <summary>Nobody listens on the subject of a request (status 503).</summary>
public sealed class NatsNoRespondersException : NatsException
{
    public NatsNoRespondersException() { }

    public NatsNoRespondersException(string subject) : base($"Nobody answers requests on \"{subject}\".") => Subject = subject;

    public NatsNoRespondersException(string message, Exception? innerException) : base(message, innerException) { }

    /// <summary>Subject of the request.</summary>
    public string Subject { get; } = "";
}
