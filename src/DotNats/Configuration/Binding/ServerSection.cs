using System.Globalization;
using DotNats.Configuration.Accounts;
using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Binds a whole configuration: the top-level keys, then what only makes sense once all are known.</summary>
internal static class ServerSection
{
    public static ConfigSection<NatsServerOptions> Section { get; } =
        new([.. ServerKeys.All, .. LoggingKeys.All, .. SecurityKeys.All, .. OperatorKeys.All]);

    /// <param name="name">Name of the file, for the warning that it is empty.</param>
    public static NatsServerOptions Bind(ConfigMap map, string name, BindingContext context)
    {
        if (map.Count == 0)
            context.Warn(string.Create(CultureInfo.InvariantCulture, $"{name}: config has no values or is empty"));
        NatsServerOptions options = Section.Bind(new NatsServerOptions(), map, context);
        options = TakeFromOperator(options);
        if (context.AccountsPlace is { } place)
        {
            foreach (string error in SharingRules.Check(options.Accounts, !options.NoSystemAccount))
                context.Error(place, error);
        }
        CheckCallout(options, context);
        return options;
    }

    /// <summary>A single operator's JWT may name the resolver and the system account; the file's own words count more.</summary>
    private static NatsServerOptions TakeFromOperator(NatsServerOptions options)
    {
        if (options.Operators is not [var single])
            return options;
        if (options.Resolver is null && single.AccountServerUrl is { } url)
            options = options with { Resolver = new ResolverOptions { Kind = ResolverKind.Url, Url = url + "/accounts/" } };
        return options.SystemAccount is null ? options with { SystemAccount = single.SystemAccount } : options;
    }

    private static void CheckCallout(NatsServerOptions options, BindingContext context)
    {
        if (options.Authorization.AuthCallout is not { } callout)
            return;
        HashSet<string> known = [.. options.Accounts.Select(a => a.Name)];
        foreach (string unknown in callout.AllowedAccounts.Where(a => !known.Contains(a)))
            context.Error(context.CalloutPlace, $"auth_callout allowed account {GoText.Quote(unknown)} not found in configured accounts");
    }
}
