using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DotNats.Server.Tracing;

namespace DotNats.Server.Accounts;

/// <summary>The accounts of one server by name.</summary>
// Owner: the server; start and reload add and remove, anyone looks up.
internal sealed class AccountRegistry
{
    public const string GlobalName = "$G";
    public const string DefaultSystemName = "$SYS";

    private readonly ConcurrentDictionary<string, Account> _byName = new(StringComparer.Ordinal);

    // Who imports from an account, by its name, whether it is there or not; changed with what is shared.
    private readonly Dictionary<string, HashSet<Account>> _importers = new(StringComparer.Ordinal);
    private readonly ServerCore _server;

    public AccountRegistry(ServerCore server, NatsServerOptions options)
    {
        _server = server;
        Global = GetOrAdd(GlobalName);
        Apply(options);
    }

    /// <summary>Told of each account that is added from now on, before anybody is in it.</summary>
    public Action<Account>? Added { get; set; }

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
            kept.Limits = account.Limits;
            kept.Mappings = AccountMappings.Compile(account.Mappings, cluster);
            kept.Tracing = AccountTracing.Of(account);
        }

        string system = SystemNameOf(options);
        System = options.NoSystemAccount ? null : GetOrAdd(system);
        if (System is not null) wanted.Add(system);
        Share(options, wanted);
        foreach (string name in _byName.Keys)
        {
            if (!wanted.Contains(name) && _byName[name].Claims is null && _byName.TryRemove(name, out Account? removed)) Retire(removed);
        }
    }

    /// <summary>The configured name, or the one a single operator names in its JWT.</summary>
    public static string SystemNameOf(NatsServerOptions options) =>
        options.SystemAccount ?? (options.Operators.Count == 1 ? options.Operators[0].SystemAccount : null) ?? DefaultSystemName;

    private void Retire(Account account)
    {
        foreach (ImportTerms terms in account.Sharing.Terms.Imports) _importers.GetValueOrDefault(terms.Import.Account)?.Remove(account);
        _server.Mqtt?.OnAccountRemoved(account);
        _server.JetStream?.OnAccountRemoved(account);
        account.Retire();
    }

    // Everything is worked out before anything changes; the options have been validated, so nothing is left out.
    private void Share(NatsServerOptions options, HashSet<string> wanted)
    {
        var plan = new SharingPlan { HasSystemAccount = !options.NoSystemAccount };
        foreach (AccountOptions account in options.Accounts) plan.Declare(account.Name, _byName[account.Name], SharingTerms.Of(account));
        // The default ones share nothing unless they are configured; a second declaration of the same name is none.
        foreach (string name in wanted)
        {
            if (_byName[name].Claims is null) plan.Declare(name, _byName[name], SharingTerms.None);
        }

        Swap(plan);
    }

    /// <summary>
    /// Puts new terms of some accounts in force, together with what that means for accounts that import from them. Imports that cannot be had are
    /// left out. One update at a time, and none while <see cref="Apply"/> runs.
    /// </summary>
    /// <returns>What was left out and why, in nats-server's words.</returns>
    public IReadOnlyList<string> UpdateSharing(IReadOnlyDictionary<Account, SharingTerms> changes, ActivationCheck? activations = null)
    {
        var plan = new SharingPlan(name => _byName.GetValueOrDefault(name)) { HasSystemAccount = System is not null, RequiresKnownAccounts = false, Activations = activations };
        foreach ((Account account, SharingTerms terms) in changes) plan.Declare(account.Name, account, terms);
        foreach (Account changed in changes.Keys)
        {
            foreach (Account importer in _importers.GetValueOrDefault(changed.Name) ?? []) plan.Declare(importer.Name, importer, importer.Sharing.Terms);
        }

        Swap(plan);
        return plan.Errors;
    }

    private void Swap(SharingPlan plan)
    {
        plan.Work();
        foreach (SharingNode node in plan.Declared)
        {
            foreach (ImportTerms terms in node.Account!.Sharing.Terms.Imports) _importers.GetValueOrDefault(terms.Import.Account)?.Remove(node.Account);
            foreach (ImportTerms terms in node.Terms!.Imports)
            {
                if (!_importers.TryGetValue(terms.Import.Account, out HashSet<Account>? importers)) _importers[terms.Import.Account] = importers = [];
                importers.Add(node.Account);
            }
        }

        SharingSwap.Run(plan.Declared);
    }

    /// <summary>The account is no more.</summary>
    public void Remove(Account account)
    {
        if (_byName.TryRemove(new KeyValuePair<string, Account>(account.Name, account))) Retire(account);
    }

    /// <summary>The account of that name, made if need be.</summary>
    public Account GetOrAdd(string name)
    {
        if (_byName.TryGetValue(name, out Account? account)) return account;
        account = new Account(_server, name);
        if (_byName.TryAdd(name, account)) Added?.Invoke(account);
        return _byName[name];
    }
}
