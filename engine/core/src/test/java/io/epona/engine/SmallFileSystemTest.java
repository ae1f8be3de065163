package io.epona.engine;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A file system that really fills up: a tmpfs of 64 MiB, where the user of the tests may mount one. */
@Timeout(60)
class SmallFileSystemTest
{
    private static final int MIB = 1024 * 1024;
    private static final int VALUE_LENGTH = 10_000;

    @TempDir
    private Path temp;

    private final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private Path small;
    private boolean isMounted;

    @BeforeEach
    void mount() throws Exception
    {
        small = Files.createDirectory(temp.resolve("small"));
        isMounted = 0 == run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", small.toString());
        assumeTrue(isMounted, "this user may not mount a tmpfs");
    }

    @AfterEach
    void unmount() throws Exception
    {
        if (isMounted)
        {
            if (0 != run("umount", small.toString()))
            {
                // After a failed test something may still be mapped.
                assertEquals(0, run("umount", "-l", small.toString()));
            }
        }
    }

    private static int run(final String... command) throws InterruptedException
    {
        try
        {
            return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        }
        catch (final IOException ex)
        {
            return -1;
        }
    }

    private long appendUntilDecided(final Partition partition)
    {
        long result = partition.append(value, 0, VALUE_LENGTH);
        while (ResultCode.BACK_PRESSURED.code() == result)
        {
            LockSupport.parkNanos(10_000);
            result = partition.append(value, 0, VALUE_LENGTH);
        }

        return result;
    }

    /** The housekeeper refuses first, and tells of it then. */
    private void awaitReport(final String text)
    {
        for (int i = 0; i < 10_000 && errors.stream().noneMatch((error) -> error.getMessage().contains(text)); i++)
        {
            LockSupport.parkNanos(1_000_000);
        }
        assertTrue(errors.stream().anyMatch((error) -> error.getMessage().contains(text)), errors::toString);
    }

    /** With a threshold, and with a disk that is full to the last byte. */
    @ParameterizedTest
    @ValueSource(longs = {16L * MIB, 0})
    void shouldRefuseAppendsWithoutSpaceServeReadsAndHeal(final long lowBytes) throws IOException
    {
        final Path ballast = small.resolve("ballast");
        Files.write(ballast, new byte[32 * MIB]);
        final Engine.Context ctx = new Engine.Context()
            .dataDir(small.resolve("data"))
            .segmentBytes(MIB)
            .storageLowBytes(lowBytes)
            .errorHandler(errors::add);
        try (Engine engine = Engine.launch(ctx))
        {
            engine.createTopic("t", 1);
            final Partition partition = engine.partition("t", 0);
            long result = 0;
            while (result >= 0)
            {
                result = appendUntilDecided(partition);
            }
            assertEquals(ResultCode.STORAGE_LOW.code(), result);
            final long end = partition.logEnd();
            assertTrue(end > 0);
            final long[] read = new long[1];
            try (PartitionReader reader = partition.newReader())
            {
                while (reader.poll((record) -> read[0]++, 1000) > 0 || reader.isWaiting())
                {
                    LockSupport.parkNanos(1);
                }
            }
            assertEquals(end, read[0]);
            awaitReport("appends are refused");

            Files.delete(ballast);
            do
            {
                LockSupport.parkNanos(1_000_000);
                result = partition.append(value, 0, VALUE_LENGTH);
            }
            while (result < 0);
            assertEquals(end, result);
            // Else the last segment stays mapped until the collector finds it, and the file system busy.
            partition.owner(null);
        }
    }
}
