using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DotNats.JetStream;

/// <summary>The limits of an account: one set for all of its streams, or one for each number of replicas (tiers <c>R1</c>, <c>R3</c>…).</summary>
/// <remarks>Immutable.</remarks>
internal sealed class AccountLimits(IReadOnlyDictionary<string, TierLimits> tiers)
{
    /// <summary>Name of the set that is for all streams; where it is there, no other counts.</summary>
    public const string Flat = "";

    public static AccountLimits None { get; } = Of(TierLimits.None);

    public IReadOnlyDictionary<string, TierLimits> Tiers { get; } = tiers;

    public static AccountLimits Of(TierLimits limits) => new(new Dictionary<string, TierLimits> { [Flat] = limits });

    public static string TierOf(long replicas) => string.Create(CultureInfo.InvariantCulture, $"R{Math.Max(1, replicas)}");

    /// <summary>The set for a number of replicas; false where there is none: such streams are not allowed.</summary>
    public bool TrySelect(long replicas, [NotNullWhen(true)] out TierLimits? limits, out string tier)
    {
        tier = Flat;
        if (Tiers.TryGetValue(Flat, out limits)) return true;
        tier = TierOf(replicas);
        return Tiers.TryGetValue(tier, out limits);
    }
}
