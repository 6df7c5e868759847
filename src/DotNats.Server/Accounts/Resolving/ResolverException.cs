namespace DotNats.Server.Accounts.Resolving;

/// <summary>A resolver cannot be used; the message says why, in nats-server's words where it has some.</summary>
internal sealed class ResolverException(string message, Exception? cause = null) : Exception(message, cause);
