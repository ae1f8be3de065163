package io.epona.engine;

import io.epona.codecs.ResultCode;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the tests of the engine share.
 */
final class EngineFixture
{
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private EngineFixture()
    {
    }

    /**
     * Errors and cuts of engines, from any thread. After a test there must be none that it did not take note of: by
     * {@link #assertOne}, or by {@link #expect} beforehand.
     */
    static final class Reports implements AfterEachCallback
    {
        private final Set<String> expected = new TreeSet<>();
        final List<String> errors = new CopyOnWriteArrayList<>();
        final List<String> cuts = new CopyOnWriteArrayList<>();

        Engine.Context context(final Path directory)
        {
            return new Engine.Context()
                .dataDir(directory)
                .segmentBytes(64 * 1024)
                .errorHandler((error) -> errors.add(error.getMessage()))
                .recoveryListener((file, offset, position, length, reason) -> cuts.add(file + " " + reason));
        }

        void assertNone()
        {
            assertEquals(List.of(), errors);
            assertEquals(List.of(), cuts);
        }

        /** From here on errors that contain the text are part of the test: one at least has to come. */
        void expect(final String text)
        {
            expected.add(text);
        }

        @Override
        public void afterEach(final ExtensionContext context)
        {
            for (final String text : expected)
            {
                assertTrue(errors.removeIf((error) -> error.contains(text)), () -> "no error with " + text);
            }
            assertNone();
        }

        /** There was one error, which has all the parts; it is done with. */
        void assertOne(final String... parts)
        {
            assertEquals(1, errors.size(), errors::toString);
            for (final String part : parts)
            {
                assertTrue(errors.get(0).contains(part), errors.get(0));
            }
            errors.clear();
        }
    }

    static void await(final BooleanSupplier condition)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean())
        {
            assertTrue(SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0, "timed out");
            LockSupport.parkNanos(100_000);
        }
    }

    /** Run an invoked engine until a request is decided. */
    static TopicRequest run(final Engine engine, final TopicRequest request)
    {
        await(() ->
        {
            invoke(engine);
            return request.isDone();
        });

        return request;
    }

    static void invoke(final Engine engine)
    {
        try
        {
            engine.housekeeper().doWork();
        }
        catch (final RuntimeException ex)
        {
            throw ex;
        }
        catch (final Exception ex)
        {
            throw new AssertionError(ex);
        }
    }

    static long append(final Partition partition, final String text)
    {
        final UnsafeBuffer value = new UnsafeBuffer(text.getBytes(StandardCharsets.US_ASCII));
        partition.owner(Thread.currentThread());
        final long[] offset = new long[1];
        await(() ->
        {
            offset[0] = partition.append(value, 0, value.capacity());
            return ResultCode.BACK_PRESSURED.code() != offset[0];
        });
        partition.owner(null);

        return offset[0];
    }

    static List<String> records(final Partition partition)
    {
        final List<String> values = new ArrayList<>();
        try (PartitionReader reader = partition.newReader())
        {
            while (reader.poll(
                (record) -> values.add(record.buffer().getStringWithoutLengthAscii(
                    record.valueIndex(), record.valueLength())),
                100) > 0 || reader.isWaiting())
            {
                Thread.yield();
            }
        }

        return values;
    }

    /** What a kill -9 at this moment would leave. */
    static Path imageOf(final Path directory, final Path image) throws IOException
    {
        final List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory))
        {
            paths = walk.toList();
        }
        for (final Path path : paths)
        {
            final Path target = image.resolve(directory.relativize(path));
            if (Files.isDirectory(path))
            {
                Files.createDirectories(target);
            }
            else if (!path.endsWith(DirectoryLock.FILE_NAME) && !path.toString().endsWith(".tmp"))
            {
                // A live housekeeper may be about to rename a temporary file; who starts afterwards ignores them.
                Files.copy(path, target);
            }
        }

        return image;
    }

    /** Names in a directory, without the files that every engine has. */
    static List<String> partitionDirectories(final Path directory) throws IOException
    {
        try (Stream<Path> entries = Files.list(directory))
        {
            return entries.filter(Files::isDirectory).map((path) -> path.getFileName().toString()).sorted().toList();
        }
    }
}
