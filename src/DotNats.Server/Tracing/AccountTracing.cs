using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Server.Tracing;

/// <summary>Where messages of an account are traced that an application traces itself (<c>traceparent</c>), and how many of them. Immutable.</summary>
internal sealed class AccountTracing
{
    private const int All = 100;

    private readonly int _percent;

    private AccountTracing(byte[] destination, int percent)
    {
        Destination = destination;
        _percent = percent;
    }

    /// <summary>A literal subject.</summary>
    public byte[] Destination { get; }

    /// <summary>As configured (<c>msg_trace</c>); null for nowhere.</summary>
    public static AccountTracing? Of(AccountOptions account) => Of(account.TraceDestination, account.TraceSampling);

    /// <summary>As claimed; null for nowhere.</summary>
    public static AccountTracing? Of(TraceClaim? claim) => Of(claim?.Destination, claim?.Sampling ?? All);

    /// <summary>Whether the next of these messages is traced.</summary>
    // Compat: a sample of n percent has n + 1 of 100 in it.
    public bool Samples() => _percent >= All || Random.Shared.Next(100) <= _percent;

    // Compat: a destination that is no subject is none, a percentage that is none is all.
    private static AccountTracing? Of(string? destination, int percent)
    {
        if (string.IsNullOrEmpty(destination)) return null;
        byte[] subject = Encoding.UTF8.GetBytes(destination);
        return Subjects.IsValidFilter(subject) && Subjects.IsLiteral(subject) ? new AccountTracing(subject, percent is <= 0 or > All ? All : percent) : null;
    }
}
