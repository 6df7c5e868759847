using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DotNats.Server.Accounts;

/// <summary>The accounts of one server by name.</summary>
// Owner: the server; start and reload add and remove, anyone looks up.
internal sealed class AccountRegistry
{
    public const string GlobalName = "$G";
    public const string DefaultSystemName = "$SYS";

    private readonly ConcurrentDictionary<string, Account> _byName = new(StringComparer.Ordinal);

    public AccountRegistry(NatsServerOptions options)
    {
        Global = GetOrAdd(GlobalName);
        Apply(options);
    }

    /// <summary>Where connections land that no account was configured for.</summary>
    public Account Global { get; }

    /// <summary>The account that hears of the server itself; null with <c>no_system_account</c>.</summary>
    public Account? System { get; private set; }

    public ICollection<Account> All => _byName.Values;

    public bool TryGet(string name, [MaybeNullWhen(false)] out Account account) => _byName.TryGetValue(name, out account);

    /// <summary>Adds what the options name and forgets what they no longer do; those that stay keep their subscriptions.</summary>
    public void Apply(NatsServerOptions options)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal) { GlobalName };
        string? cluster = options.Cluster?.Name;
        if (options.Mappings is { } mappings) Global.Mappings = AccountMappings.Compile(mappings, cluster);
        foreach (AccountOptions account in options.Accounts)
        {
            wanted.Add(account.Name);
            Account kept = GetOrAdd(account.Name);
            kept.NKey = account.NKey;
            kept.Mappings = AccountMappings.Compile(account.Mappings, cluster);
        }

        string system = options.SystemAccount ?? DefaultSystemName;
        System = options.NoSystemAccount ? null : GetOrAdd(system);
        if (System is not null) wanted.Add(system);
        foreach (string name in _byName.Keys)
        {
            if (!wanted.Contains(name)) _byName.TryRemove(name, out _);
        }
    }

    private Account GetOrAdd(string name) => _byName.GetOrAdd(name, static key => new Account(key));
}
