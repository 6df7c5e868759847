namespace DotNats.App;

// Stands in until the library reads configuration files.
internal static class ConfigSeam
{
    public static OptionsResult Load(string path) => new(null, Directory.Exists(path) ? $"read {path}: is a directory" : $"open {path}: no such file or directory", "");
}
