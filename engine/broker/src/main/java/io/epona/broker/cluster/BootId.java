package io.epona.broker.cluster;

import io.epona.engine.cluster.Uuid;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Which boot of the host this is: as long as it is the same, what a process stored in mapped files is still there, even
 * where it was killed.
 */
final class BootId
{
    private static final Path LINUX = Path.of("/proc/sys/kernel/random/boot_id");

    private BootId()
    {
    }

    /**
     * @return the id that the system gives; a new one each time where it gives none, so that nothing is taken for
     *         granted.
     */
    static Uuid read()
    {
        return read(LINUX);
    }

    static Uuid read(final Path file)
    {
        try
        {
            final UUID id = UUID.fromString(Files.readString(file, StandardCharsets.US_ASCII).trim());
            return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
        }
        catch (final IOException | IllegalArgumentException ex)
        {
            return Uuid.random();
        }
    }
}
