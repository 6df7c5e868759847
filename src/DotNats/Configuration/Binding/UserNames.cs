using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Keeps names and nkeys of users apart over the whole file.</summary>
internal static class UserNames
{
    /// <summary>Adds the users' names to those seen, and reports those that were there.</summary>
    /// <returns>False when one was.</returns>
    public static bool Add(BindingContext context, ConfigPlace place, IReadOnlyList<UserOptions> users, bool stopAtFirst)
    {
        bool unique = true;
        // Names before nkeys or after: nats-server keeps them apart, and so shows the first of its kind.
        foreach (UserOptions user in users)
        {
            string name = user.NKey ?? user.Username ?? "";
            if (context.UserNames.Add(name))
                continue;
            context.Error(place, $"Duplicate {(user.NKey is null ? "user" : "nkey")} {GoText.Quote(name)} detected");
            unique = false;
            if (stopAtFirst)
                break;
        }
        return unique;
    }
}
