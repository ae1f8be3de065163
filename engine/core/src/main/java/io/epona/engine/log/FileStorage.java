package io.epona.engine.log;

import io.epona.engine.Storage;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

/**
 * {@link Storage} on the file system of the host.
 * <p>
 * Any thread; keeps no state.
 */
public final class FileStorage implements Storage
{
    private static final int ZEROS_LENGTH = 256 * 1024;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZEROS_LENGTH).asReadOnlyBuffer();
    static final String REPLACEMENT_SUFFIX = ".tmp";

    @Override
    public void createDirectories(final Path directory) throws IOException
    {
        Files.createDirectories(directory);
    }

    @Override
    public void create(final Path file, final long length) throws IOException
    {
        Files.createFile(file);
        truncate(file, length);
    }

    @Override
    public void preallocate(final Path file, final long position, final long length) throws IOException
    {
        writeZeros(file, position, length, ZEROS_LENGTH);
    }

    /**
     * What one write brings into the page cache may be one piece there (ext4 from Linux 6.16 on): a store through a
     * mapping to any of its bytes makes all of it dirty, and a sync writes all of it. With writes of 256 KiB a sync of
     * one record wrote up to a MiB. So each page is a write of its own.
     */
    @Override
    public void preallocatePages(final Path file, final long position, final long length) throws IOException
    {
        writeZeros(file, position, length, Region.PAGE_LENGTH);
    }

    private static void writeZeros(final Path file, final long position, final long length, final int piece)
        throws IOException
    {
        try (FileChannel channel = FileChannel.open(file, WRITE))
        {
            final ByteBuffer zeros = ZEROS.duplicate();
            final long end = position + length;
            long next = position;
            while (next < end)
            {
                final long pieceEnd = (next & -piece) + piece;
                zeros.clear().limit((int)(Math.min(pieceEnd, end) - next));
                next += channel.write(zeros, next);
            }
        }
    }

    @Override
    public void truncate(final Path file, final long length) throws IOException
    {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw"))
        {
            access.setLength(length);
        }
    }

    @Override
    public Region map(final Path file, final int length) throws IOException
    {
        try (FileChannel channel = FileChannel.open(file, READ, WRITE))
        {
            if (channel.size() < length)
            {
                throw new IOException(file + " is " + channel.size() + " bytes long, expected " + length);
            }

            return new MappedRegion(channel.map(FileChannel.MapMode.READ_WRITE, 0, length));
        }
    }

    @Override
    public Region mapApart(final Path file, final int length) throws IOException
    {
        final FileChannel channel = FileChannel.open(file, READ, WRITE, DSYNC);
        try
        {
            if (channel.size() < length)
            {
                throw new IOException(file + " is " + channel.size() + " bytes long, expected " + length);
            }

            return new ApartRegion(channel.map(FileChannel.MapMode.PRIVATE, 0, length), channel);
        }
        catch (final IOException ex)
        {
            channel.close();
            throw ex;
        }
    }

    @Override
    public void force(final Path file) throws IOException
    {
        try (FileChannel channel = FileChannel.open(file, WRITE))
        {
            channel.force(true);
        }
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException
    {
        try (FileChannel channel = FileChannel.open(directory, READ))
        {
            channel.force(true);
        }
    }

    @Override
    public void rename(final Path from, final Path to) throws IOException
    {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public boolean delete(final Path path) throws IOException
    {
        return Files.deleteIfExists(path);
    }

    @Override
    public List<Path> list(final Path directory) throws IOException
    {
        if (!Files.isDirectory(directory))
        {
            return List.of();
        }

        try (Stream<Path> entries = Files.list(directory))
        {
            return entries.sorted().toList();
        }
    }

    @Override
    public boolean exists(final Path path)
    {
        return Files.exists(path);
    }

    @Override
    public long length(final Path file) throws IOException
    {
        return Files.size(file);
    }

    @Override
    public long usableSpace(final Path directory) throws IOException
    {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public byte[] read(final Path file) throws IOException
    {
        return Files.readAllBytes(file);
    }

    @Override
    public void read(final Path file, final long position, final ByteBuffer target) throws IOException
    {
        try (FileChannel channel = FileChannel.open(file, READ))
        {
            long next = position;
            while (target.hasRemaining())
            {
                final int length = channel.read(target, next);
                if (length < 0)
                {
                    break;
                }
                next += length;
            }
        }
    }

    @Override
    public void replace(final Path file, final byte[] bytes) throws IOException
    {
        final Path replacement = file.resolveSibling(file.getFileName() + REPLACEMENT_SUFFIX);
        try (FileChannel channel = FileChannel.open(replacement, CREATE, TRUNCATE_EXISTING, WRITE))
        {
            final ByteBuffer source = ByteBuffer.wrap(bytes);
            while (source.hasRemaining())
            {
                channel.write(source);
            }
            channel.force(true);
        }

        rename(replacement, file);
        syncDirectory(file.toAbsolutePath().getParent());
    }

    private static class MappedRegion implements Region
    {
        final MappedByteBuffer mapped;
        private final UnsafeBuffer buffer;

        private MappedRegion(final MappedByteBuffer mapped)
        {
            this.mapped = mapped;
            this.buffer = new UnsafeBuffer(mapped);
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return buffer;
        }

        @Override
        public void force(final int index, final int length) throws IOException
        {
            try
            {
                mapped.force(index, length);
            }
            catch (final UncheckedIOException ex)
            {
                throw ex.getCause();
            }
        }

        @Override
        public void unmap()
        {
            buffer.wrap(0, 0);
            IoUtil.unmap(mapped);
        }
    }

    /** Pages that were stored to are the process's own. Each write returns when it is on disk. */
    private static final class ApartRegion extends MappedRegion
    {
        private final FileChannel channel;

        private ApartRegion(final MappedByteBuffer mapped, final FileChannel channel)
        {
            super(mapped);
            this.channel = channel;
        }

        @Override
        public void force(final int index, final int length) throws IOException
        {
            final ByteBuffer source = mapped.duplicate().limit(index + length).position(index);
            while (source.hasRemaining())
            {
                channel.write(source, source.position());
            }
        }

        @Override
        public void unmap()
        {
            super.unmap();
            try
            {
                channel.close();
            }
            catch (final IOException ex)
            {
                // Everything that was written is on disk: nothing is left that closing could lose.
                throw new UncheckedIOException(ex);
            }
        }
    }
}
