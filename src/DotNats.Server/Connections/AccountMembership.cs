using DotNats.Server.Accounts;

namespace DotNats.Server.Connections;

/// <summary>The account that counts a connection among its own.</summary>
// Owner: the connection's ClientLogin. Its receive side moves it, one move at a time; whoever closes the connection ends it, at any moment, once.
// Invariant: an account counts the connection while it is _counting, and none counts it once both have returned.
internal sealed class AccountMembership
{
    private static readonly object Ended = new();

    // The account, null before there was one or where it was full, or Ended.
    private object? _counting;

    /// <summary>The account that counts it now; null for none.</summary>
    public Account? Account => Volatile.Read(ref _counting) as Account;

    /// <summary>Counts the connection into an account, and out of the one it was in.</summary>
    public MembershipMove Move(Account account)
    {
        object? before = Volatile.Read(ref _counting);
        if (ReferenceEquals(before, account)) return MembershipMove.Counted;
        if (ReferenceEquals(before, Ended)) return MembershipMove.Ended;
        bool isCounted = account.TryAttach();
        // Counted first: whoever ends it meanwhile finds one of both here, and takes it out.
        if (!ReferenceEquals(Interlocked.CompareExchange(ref _counting, isCounted ? account : null, before), before))
        {
            if (isCounted) account.Detach();
            return MembershipMove.Ended;
        }

        (before as Account)?.Detach();
        return isCounted ? MembershipMove.Counted : MembershipMove.Full;
    }

    /// <summary>The connection is over. Returns the account that counted it until now; null for none.</summary>
    public Account? End()
    {
        var account = Interlocked.Exchange(ref _counting, Ended) as Account;
        account?.Detach();
        return account;
    }
}

/// <summary>What came of a move.</summary>
internal enum MembershipMove
{
    Counted,

    /// <summary>The account has as many connections as it may; no account counts this one now.</summary>
    Full,

    /// <summary>The connection has been closed; no account counts it any more.</summary>
    Ended,
}
