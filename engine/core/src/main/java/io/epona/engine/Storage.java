package io.epona.engine;

import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The files beneath the engine: a port, so that the simulator and tests can tear writes, fill the disk and fail a
 * sync. Log, recovery and markers touch files only through it.
 * <p>
 * Every method may block: housekeeper, flushers, start and close only, never an append or a poll. Names no file handle:
 * nothing stays open between calls but mappings. Implementations serve any thread.
 */
public interface Storage
{
    /**
     * Create a directory and those above it where they do not exist.
     *
     * @param directory to create.
     * @throws IOException where that fails.
     */
    void createDirectories(Path directory) throws IOException;

    /**
     * Create a file that reads as zeros and has no space allocated.
     *
     * @param file   that must not exist.
     * @param length of the file in bytes.
     * @throws IOException where it exists or cannot be created.
     */
    void create(Path file, long length) throws IOException;

    /**
     * Allocate a range for real by writing zeros over it, so that a full disk is an error here and not a signal at a
     * store to the mapping.
     *
     * @param file     to write.
     * @param position of the first byte.
     * @param length   in bytes.
     * @throws IOException where there is no space or the device fails; part of the range may have been written.
     */
    void preallocate(Path file, long position, long length) throws IOException;

    /**
     * As {@link #preallocate}, for a range of which single pages will be forced often: no store to one page is to make
     * its neighbours dirty too, where the host would otherwise hold larger pieces. Slower.
     *
     * @param file     to write.
     * @param position of the first byte.
     * @param length   in bytes.
     * @throws IOException where there is no space or the device fails; part of the range may have been written.
     */
    default void preallocatePages(final Path file, final long position, final long length) throws IOException
    {
        preallocate(file, position, length);
    }

    /**
     * Set the length of a file: cut it, or extend it with zeros that are not allocated.
     *
     * @param file   to change.
     * @param length in bytes.
     * @throws IOException where that fails.
     */
    void truncate(Path file, long length) throws IOException;

    /**
     * Map a file for reading and writing from its first byte.
     *
     * @param file   to map.
     * @param length in bytes, at most that of the file.
     * @return the mapping.
     * @throws IOException where that fails.
     */
    Region map(Path file, int length) throws IOException;

    /**
     * As {@link #map}, for a file of which small ranges will be forced over and over: what is stored comes to the file
     * by {@link Region#force} alone, and is lost with the process before. The stores then never wait for the host to
     * write a page out, and a force is a write of its range. Takes memory of the process for every page that is stored
     * to, and a file handle, until it is unmapped. A storage that does not tell the two apart may give a mapping.
     *
     * @param file   to map.
     * @param length in bytes, at most that of the file.
     * @return the mapping.
     * @throws IOException where that fails.
     */
    default Region mapApart(final Path file, final int length) throws IOException
    {
        return map(file, length);
    }

    /**
     * Make content and length of a file durable.
     *
     * @param file to sync.
     * @throws IOException where any write to it since the last sync may be lost.
     */
    void force(Path file) throws IOException;

    /**
     * Make the names in a directory durable.
     *
     * @param directory to sync.
     * @throws IOException where that fails.
     */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Give a file or directory another name in one step; an existing file of that name is replaced.
     *
     * @param from old name.
     * @param to   new name, in the same file system.
     * @throws IOException where that fails.
     */
    void rename(Path from, Path to) throws IOException;

    /**
     * Delete a file, or an empty directory.
     *
     * @param path to delete.
     * @return false where nothing has that name.
     * @throws IOException where it cannot be deleted.
     */
    boolean delete(Path path) throws IOException;

    /**
     * The entries of a directory, sorted by name.
     *
     * @param directory to list.
     * @return paths that begin with the directory; none where it does not exist.
     * @throws IOException where it cannot be read.
     */
    List<Path> list(Path directory) throws IOException;

    /**
     * Tell whether a file or directory exists.
     *
     * @param path to look for.
     * @return whether something has that name.
     */
    boolean exists(Path path);

    /**
     * Length of a file.
     *
     * @param file to ask for.
     * @return length in bytes.
     * @throws IOException where there is no such file.
     */
    long length(Path file) throws IOException;

    /**
     * Space that is left for files beneath a directory.
     *
     * @param directory in the file system in question.
     * @return bytes.
     * @throws IOException where it cannot be asked.
     */
    long usableSpace(Path directory) throws IOException;

    /**
     * Read a small file whole.
     *
     * @param file to read.
     * @return its bytes.
     * @throws IOException where it cannot be read.
     */
    byte[] read(Path file) throws IOException;

    /**
     * Read a range of a file, and so bring it into the memory of the host: a mapping of it can then be touched
     * without waiting for the disk, until the host needs the memory for something else.
     *
     * @param file     to read.
     * @param position of the first byte.
     * @param target   filled from its position to its limit, or to the end of the file.
     * @throws IOException where there is no such file or it cannot be read.
     */
    void read(Path file, long position, ByteBuffer target) throws IOException;

    /**
     * Replace a small file durably: after a crash it holds the old or the new bytes, whole.
     *
     * @param file  to replace or to create.
     * @param bytes that it shall hold.
     * @throws IOException where that fails; the old content then stands.
     */
    void replace(Path file, byte[] bytes) throws IOException;

    /**
     * A file in memory.
     */
    interface Region
    {
        /** What the host writes and protects at a time, at the least. */
        int PAGE_LENGTH = 4096;

        /**
         * @return the bytes of the file. Not to be touched after {@link #unmap()}.
         */
        UnsafeBuffer buffer();

        /**
         * Make a range durable.
         *
         * @param index  of the first byte.
         * @param length in bytes.
         * @throws IOException where any store to it since the last call may be lost.
         */
        void force(int index, int length) throws IOException;

        /**
         * Store to every page of a range, without changing it: the next stores there take no fault, and the next force
         * writes these pages whatever the host holds for written. After a write that failed it may hold a page for
         * written of which nothing is on disk. Atomic, since the owner of the page may be storing to it.
         *
         * @param index  of the first byte.
         * @param length in bytes.
         */
        default void touch(final int index, final int length)
        {
            final UnsafeBuffer buffer = buffer();
            final int end = index + length;
            for (int page = index & -PAGE_LENGTH; page < end; page += PAGE_LENGTH)
            {
                buffer.getAndAddLong(page, 0L);
            }
        }

        /**
         * Give the addresses back. The caller answers for that no thread touches the buffer any more: a later access
         * ends the process. Not calling it leaves the mapping until the buffer is unreachable, which is safe.
         */
        void unmap();
    }
}
