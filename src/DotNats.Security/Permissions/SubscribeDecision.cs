namespace DotNats.Security;

/// <summary>Answer to a SUB.</summary>
/// <param name="Allowed">The subscription may exist.</param>
/// <param name="FilterDeliveries">
/// A deny entry covers part of what the subscription's wildcards take: every delivery must pass
/// <see cref="CompiledPermissions.CanDeliver(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>. Never set when nothing can be denied.
/// </param>
public readonly record struct SubscribeDecision(bool Allowed, bool FilterDeliveries);
