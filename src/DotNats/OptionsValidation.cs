using DotNats.Configuration;

namespace DotNats;

/// <summary>Options contradict each other or ask for what cannot be. The message holds every error, one a line, in nats-server's words.</summary>
public sealed class OptionsException : Exception
{
    public OptionsException() { }

    public OptionsException(string message) : base(message) { }

    public OptionsException(string message, Exception? innerException) : base(message, innerException) { }
}

/// <summary>Checks options as a whole, before a start and before a reload.</summary>
internal static class OptionsValidation
{
    /// <summary>Throws when something is wrong.</summary>
    /// <exception cref="OptionsException">Says everything that is.</exception>
    public static void Check(NatsServerOptions options)
    {
        IReadOnlyList<string> errors = ErrorsOf(options);
        if (errors.Count > 0) throw new OptionsException(string.Join('\n', errors));
    }

    /// <summary>Everything that is wrong.</summary>
    public static IReadOnlyList<string> ErrorsOf(NatsServerOptions options)
    {
        // Certificates are loaded next, which says more about them.
        List<string> errors = [.. OptionsValidator.ValidateWithoutFiles(options)];
        errors.AddRange(NotAvailable(options).Select(what => $"{what} not available in this version"));
        return errors;
    }

    // A server that passed over these would look as if it had what was asked for, or let in whom it should not.
    private static IEnumerable<string> NotAvailable(NatsServerOptions options)
    {
        if (options.JetStream is { Enabled: true, Tpm: not null }) yield return "a key kept by a TPM is";
        if (options.Cluster is { Port: not 0 }) yield return "clusters are";
        if (options.Gateway is { Port: not 0 }) yield return "gateways are";
        if (options.LeafNodes is { } leaf && (leaf.Port != 0 || leaf.Remotes.Count > 0)) yield return "leaf nodes are";
        if (options.WebSocket is { Port: not 0 }) yield return "WebSocket is";
        if (options.Ocsp is { Mode: OcspMode.Always or OcspMode.Must }) yield return "OCSP stapling is";
    }
}
