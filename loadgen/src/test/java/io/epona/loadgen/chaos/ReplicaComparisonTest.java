package io.epona.loadgen.chaos;

import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.scenario.ScenarioReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReplicaComparisonTest
{
    private static final int VALUE_LENGTH = 64;

    @TempDir
    private Path dir;

    private Path first;
    private Path second;

    @BeforeEach
    void writeLogs() throws IOException
    {
        first = write("first", 3);
        second = copy(first, dir.resolve("second"));
    }

    /** The logs of an engine with some records in one partition. */
    private Path write(final String name, final int records) throws IOException
    {
        final Path work = Files.createDirectory(dir.resolve(name));
        final LoadDriver driver = Drivers.create(new DriverContext(
            ScenarioReader.read("driver: {use: embedded}\ntopology: {partitions: 1}", List.of()), work));
        driver.open();
        try (driver)
        {
            final LoadDriver.ProducerPort producer = driver.newProducer(0, (number, p, sequence, count, code) -> {});
            for (int i = 0; i < records; i++)
            {
                while (producer.tryClaim(0, LoadDriver.NO_KEY, VALUE_LENGTH) < 0)
                {
                    producer.poll();
                    driver.invoke();
                }
                producer.buffer().putLong(producer.index(), i);
                producer.commit();
            }
            producer.close();
        }
        try (Stream<Path> entries = Files.list(work))
        {
            return entries.findAny().orElseThrow();
        }
    }

    private static Path copy(final Path from, final Path to) throws IOException
    {
        try (Stream<Path> files = Files.walk(from))
        {
            for (final Path file : files.toList())
            {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }

        return to;
    }

    @Test
    void equalLogsAreEqual() throws IOException
    {
        final ReplicaComparison comparison = ReplicaComparison.of(List.of(first, second));
        assertEquals(List.of(), comparison.differences());
        assertEquals(2, comparison.logs());
        assertTrue(comparison.bytes() >= 2 * 3 * VALUE_LENGTH, comparison::toString);
    }

    @Test
    void anotherEndIsADifference() throws IOException
    {
        assertDiffers(write("third", 4));
    }

    @Test
    void otherBytesAreADifference() throws IOException
    {
        // Whole records with good checksums, written at another time.
        assertDiffers(write("third", 3));
    }

    private void assertDiffers(final Path other) throws IOException
    {
        final List<String> differences = ReplicaComparison.of(List.of(first, second, other)).differences();
        assertEquals(1, differences.size(), differences::toString);
        assertTrue(differences.get(0).contains(other.toString()), differences::toString);
    }

    @Test
    void aFlippedBitIsADifference() throws IOException
    {
        try (Stream<Path> files = Files.walk(second))
        {
            final Path segment = files.filter((file) -> file.toString().endsWith(".log")).findAny().orElseThrow();
            try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw"))
            {
                // Inside the last record's value.
                long position = file.length() - 1;
                file.seek(position);
                while (0 == file.read())
                {
                    file.seek(--position);
                }
                file.seek(position);
                final int value = file.read();
                file.seek(position);
                file.write(value ^ 1);
            }
        }
        assertTrue(ReplicaComparison.of(List.of(first, second)).differences().size() > 0);
    }

    @Test
    void aMissingReplicaIsADifference() throws IOException
    {
        try (Stream<Path> entries = Files.list(second))
        {
            final Path partition = entries.filter(Files::isDirectory).findAny().orElseThrow();
            Files.move(partition, dir.resolve("away"));
        }
        assertTrue(ReplicaComparison.of(List.of(first, second)).differences().size() > 0);
    }
}
