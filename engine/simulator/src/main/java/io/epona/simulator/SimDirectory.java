package io.epona.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A directory of a {@link SimDisk}: the names that programs see, and those on the medium. What lies between them are
 * changes, of which a power loss keeps any subset. Owned by the thread of its world.
 */
final class SimDirectory
{
    /** A name goes, or comes, or both. The node is a {@link SimFile} or a directory. */
    private record Change(String from, String to, Object node)
    {
    }

    private final TreeMap<String, Object> names = new TreeMap<>();
    private final TreeMap<String, Object> durableNames = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();

    TreeMap<String, Object> names()
    {
        return names;
    }

    void link(final String name, final Object node)
    {
        names.put(name, node);
        changes.add(new Change(null, name, node));
    }

    void unlink(final String name)
    {
        changes.add(new Change(name, null, names.remove(name)));
    }

    void move(final String from, final String to)
    {
        final Object node = names.remove(from);
        names.put(to, node);
        changes.add(new Change(from, to, node));
    }

    /** Put the names on the medium. */
    void sync()
    {
        changes.forEach(this::applyDurably);
        changes.clear();
    }

    private void applyDurably(final Change change)
    {
        if (null != change.from && change.node == durableNames.get(change.from))
        {
            durableNames.remove(change.from);
        }
        if (null != change.to)
        {
            durableNames.put(change.to, change.node);
        }
    }

    /** Decide which changes of names the medium has; here and in every directory below. */
    void settle(final Site site, final int mode)
    {
        for (final Change change : changes)
        {
            if (mode > 1 ? 2 == mode : site.nextBoolean())
            {
                applyDurably(change);
            }
        }
        changes.clear();
        names.clear();
        names.putAll(durableNames);
        for (final Object node : names.values())
        {
            if (node instanceof final SimDirectory directory)
            {
                directory.settle(site, mode);
            }
        }
    }

    /** Replace every file by what is found of it; names are on the medium. */
    void survive(final Site site, final int mode)
    {
        for (final Map.Entry<String, Object> entry : names.entrySet())
        {
            if (entry.getValue() instanceof final SimFile file)
            {
                entry.setValue(file.survivor(site, mode));
                durableNames.put(entry.getKey(), entry.getValue());
            }
            else
            {
                ((SimDirectory)entry.getValue()).survive(site, mode);
            }
        }
    }

    /** Every file below, in the order of the names. */
    void collect(final List<SimFile> files)
    {
        for (final Object node : names.values())
        {
            if (node instanceof final SimFile file)
            {
                files.add(file);
            }
            else
            {
                ((SimDirectory)node).collect(files);
            }
        }
    }
}
