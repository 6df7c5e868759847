using DotNats.Server.Routing;

namespace DotNats.Server.Accounts;

/// <summary>The service imports of one account and their subscriptions.</summary>
// Owner: the account; one update at a time changes it, anyone reads All. Lifetime: the account's.
// Invariant: exactly the slots in _slots have their subscription in the account's table.
internal sealed class ServiceImportTable(Account account)
{
    private ServiceImportSlot[] _slots = [];
    private ServiceImport[] _configured = [];
    private ServiceImport[] _builtIn = [];
    private int _made;

    public IReadOnlyList<ServiceImport> All => [.. Volatile.Read(ref _slots).Select(slot => slot.Import)];

    /// <summary>Replaces the configured imports; those of the server's own stay.</summary>
    public void Apply(ServiceImport[] imports)
    {
        _configured = imports;
        Rebuild();
    }

    public void AddBuiltIn(ReadOnlySpan<ServiceImport> imports)
    {
        _builtIn = [.. _builtIn, .. imports];
        Rebuild();
    }

    public void Clear()
    {
        _configured = _builtIn = [];
        Rebuild();
    }

    private void Rebuild()
    {
        ServiceImportSlot[] before = _slots;
        if (before.Length == 0 && _configured.Length == 0 && _builtIn.Length == 0) return;
        var after = new List<ServiceImportSlot>(_configured.Length + _builtIn.Length);
        foreach (ServiceImport import in _configured) after.Add(SlotFor(import, before));
        foreach (ServiceImport import in _builtIn)
        {
            if (!Array.Exists(_configured, configured => ImportSubjects.IsSubset(import.Local, configured.Local))) after.Add(SlotFor(import, before));
        }

        Volatile.Write(ref _slots, [.. after]);
        foreach (ServiceImportSlot slot in before)
        {
            if (after.Contains(slot)) continue;
            slot.Subscription.IsClosed = true;
            account.Subscriptions.Remove(slot.Subscription);
        }
    }

    // One that is there already goes on with the new import: no request falls between.
    private ServiceImportSlot SlotFor(ServiceImport import, ServiceImportSlot[] before)
    {
        foreach (ServiceImportSlot slot in before)
        {
            if (slot.Import.Local != import.Local || !ReferenceEquals(slot.Import.Exporter, import.Exporter)) continue;
            slot.Import = import;
            return slot;
        }

        var made = new ServiceImportSlot(account, import, ++_made);
        account.Subscriptions.Add(made.Subscription);
        return made;
    }
}
