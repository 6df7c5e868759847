using DotNats.Server.Accounts;

namespace DotNats.Configuration.Accounts;

/// <summary>Checks that what accounts import is exported to them and that no message can run in a circle.</summary>
internal static class SharingRules
{
    /// <summary>All that is wrong, in nats-server's words: first exports, then imports, streams before services.</summary>
    /// <param name="hasSystemAccount">False when it is turned off; then nothing can be measured.</param>
    public static IReadOnlyList<string> Check(IReadOnlyList<AccountOptions> accounts, bool hasSystemAccount)
    {
        var plan = new SharingPlan { HasSystemAccount = hasSystemAccount };
        foreach (AccountOptions account in accounts) plan.Declare(account.Name, account: null, SharingTerms.Of(account));
        plan.Work();
        return plan.Errors;
    }
}
