namespace DotNats.Storage;

/// <summary>Where an asset's files lie. Those of one parent share its path, and nobody keeps a whole one: most consumers are idle.</summary>
/// <param name="Name">Of the directory in its parent; empty for the parent itself.</param>
internal readonly record struct AssetPlace(string Parent, string Name)
{
    public string Path => System.IO.Path.Combine(Parent, Name);
}
