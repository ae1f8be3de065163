package io.epona.engine;

import io.epona.engine.log.FileStorage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The real file system, until it is told to fail: one operation, or everything from one operation on, as a crash does.
 */
public final class FaultyStorage implements Storage
{
    private final Storage delegate = new FileStorage();
    private final List<String> operations = new ArrayList<>();
    private Predicate<String> failing = (operation) -> false;
    private int crashAt = Integer.MAX_VALUE;
    private boolean isTornAfter;

    /** Fail the operations that the predicate takes; each reads "name path". */
    public void failWhen(final Predicate<String> failing)
    {
        this.failing = failing;
    }

    /** Let so many changing operations pass and fail every one after them. */
    public void crashAfter(final int count)
    {
        operations.clear();
        crashAt = count;
    }

    /** A failing replace puts the new content in place before it fails. */
    public void replaceThenFail()
    {
        isTornAfter = true;
    }

    /** Work again, and count from zero. */
    public void heal()
    {
        operations.clear();
        crashAt = Integer.MAX_VALUE;
        failing = (operation) -> false;
        isTornAfter = false;
    }

    /** The changing operations since the last heal, each "name path". */
    public List<String> operations()
    {
        return operations;
    }

    private void step(final String name, final Path path) throws IOException
    {
        final String operation = name + " " + path;
        if (operations.size() >= crashAt || failing.test(operation))
        {
            throw new IOException("injected: " + operation);
        }
        operations.add(operation);
    }

    @Override
    public void createDirectories(final Path directory) throws IOException
    {
        step("createDirectories", directory);
        delegate.createDirectories(directory);
    }

    @Override
    public void create(final Path file, final long length) throws IOException
    {
        step("create", file);
        delegate.create(file, length);
    }

    @Override
    public void preallocate(final Path file, final long position, final long length) throws IOException
    {
        step("preallocate", file);
        delegate.preallocate(file, position, length);
    }

    @Override
    public void truncate(final Path file, final long length) throws IOException
    {
        step("truncate", file);
        delegate.truncate(file, length);
    }

    @Override
    public Region map(final Path file, final int length) throws IOException
    {
        return delegate.map(file, length);
    }

    @Override
    public void force(final Path file) throws IOException
    {
        step("force", file);
        delegate.force(file);
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException
    {
        step("syncDirectory", directory);
        delegate.syncDirectory(directory);
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException
    {
        step("rename", from);
        delegate.rename(from, to);
    }

    @Override
    public boolean delete(final Path path) throws IOException
    {
        step("delete", path);
        return delegate.delete(path);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException
    {
        return delegate.list(directory);
    }

    @Override
    public boolean exists(final Path path)
    {
        return delegate.exists(path);
    }

    @Override
    public long length(final Path file) throws IOException
    {
        return delegate.length(file);
    }

    @Override
    public long usableSpace(final Path directory) throws IOException
    {
        return delegate.usableSpace(directory);
    }

    @Override
    public byte[] read(final Path file) throws IOException
    {
        return delegate.read(file);
    }

    @Override
    public void replace(final Path file, final byte[] bytes) throws IOException
    {
        if (isTornAfter)
        {
            delegate.replace(file, bytes);
        }
        step("replace", file);
        delegate.replace(file, bytes);
    }
}
