namespace DotNats.Configuration.Binding;

/// <summary>Whether a changed key takes effect while the server runs.</summary>
internal enum Reload
{
    /// <summary>The change is refused, and the whole reload with it.</summary>
    No,

    /// <summary>The change takes effect.</summary>
    Yes,

    /// <summary>It depends on what changed.</summary>
    Partly,
}

/// <summary>Everything there is to know of one key: its names, what it holds, where it goes, whether it reloads, what to tell the user.</summary>
/// <param name="Names">The usual name first; all lower case.</param>
/// <param name="Form">What the value looks like, for the documentation.</param>
/// <param name="Help">One line for the documentation.</param>
/// <param name="Bind">Puts the value in, or reports what is wrong with it and returns the options as they were.</param>
internal sealed record ConfigKey<T>(string[] Names, string Form, Reload Reload, string Help, Func<T, Setting, T> Bind);
