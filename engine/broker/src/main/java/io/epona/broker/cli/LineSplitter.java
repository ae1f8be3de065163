package io.epona.broker.cli;

import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into lines. A line ends at a line feed, which is not part of it; a carriage return before it
 * is. A last line without a line feed is a line; nothing behind the last line feed is not.
 * <p>
 * Owned by one thread.
 */
final class LineSplitter
{
    private static final int CHUNK = 256 * 1024;

    /**
     * Takes a line.
     */
    @FunctionalInterface
    interface Handler
    {
        /**
         * @param buffer holding the line during the call.
         * @param index  of the line.
         * @param length of the line, 0 for an empty one.
         * @return false to stop.
         */
        boolean onLine(UnsafeBuffer buffer, int index, int length);
    }

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final int maxLength;
    private byte[] bytes = new byte[CHUNK];
    private long lineCount;

    /**
     * @param maxLength of a line; a longer one ends the splitting.
     */
    LineSplitter(final int maxLength)
    {
        this.maxLength = maxLength;
    }

    /**
     * @return lines handed over so far: the number of the current line while the handler runs.
     */
    long lineCount()
    {
        return lineCount;
    }

    /**
     * Read to the end.
     *
     * @param in      to read.
     * @param handler of the lines.
     * @throws IOException      where reading fails.
     * @throws CommandException naming a line that is too long.
     */
    void split(final InputStream in, final Handler handler) throws IOException
    {
        int start = 0;
        int end = 0;
        while (true)
        {
            final int read = in.read(bytes, end, bytes.length - end);
            if (read < 0)
            {
                if (end > start)
                {
                    hand(handler, start, end - start);
                }
                return;
            }

            view.wrap(bytes);
            int scanned = end;
            end += read;
            while (scanned < end)
            {
                if ('\n' == bytes[scanned++])
                {
                    if (!hand(handler, start, scanned - 1 - start))
                    {
                        return;
                    }
                    start = scanned;
                }
            }
            if (end - start > maxLength)
            {
                throw tooLong();
            }
            if (start > 0)
            {
                System.arraycopy(bytes, start, bytes, 0, end - start);
                end -= start;
                start = 0;
            }
            if (end == bytes.length)
            {
                bytes = Arrays.copyOf(bytes, bytes.length * 2);
            }
        }
    }

    private boolean hand(final Handler handler, final int index, final int length)
    {
        lineCount++;
        if (length > maxLength)
        {
            throw tooLong(lineCount);
        }
        view.wrap(bytes);
        return handler.onLine(view, index, length);
    }

    private CommandException tooLong()
    {
        return tooLong(lineCount + 1);
    }

    private CommandException tooLong(final long line)
    {
        return new CommandException(
            ExitCodes.USAGE,
            "line " + line + " is longer than a record can be (" + maxLength + " bytes): split it, or raise " +
            "max.message.bytes of the broker; the lines before it were sent");
    }
}
