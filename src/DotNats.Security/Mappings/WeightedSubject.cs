namespace DotNats.Security;

/// <summary>Where a share of the messages of a mapping goes.</summary>
/// <param name="Subject">May use the source's wildcards; an empty one loses its share.</param>
/// <param name="Weight">Percent, 0 to 100.</param>
/// <param name="Cluster">Only servers of this cluster; null or empty for those of clusters that are not named.</param>
public readonly record struct WeightedSubject(string Subject, int Weight = 100, string? Cluster = null);

/// <summary>A destination with its place among the shares of its cluster.</summary>
/// <param name="Destination">As written, or the source for what was left over.</param>
/// <param name="UpTo">Upper end of its share in percent; shares are laid one behind the other.</param>
/// <param name="Cluster">Null for clusters that are not named.</param>
/// <param name="Transform">Null where the share is lost.</param>
public sealed record MappingShare(string Destination, int UpTo, string? Cluster, SubjectTransform? Transform);
