package io.epona.engine.node;

import io.epona.engine.CheckedFile;
import io.epona.engine.Storage;
import io.epona.engine.cluster.Uuid;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The file {@code life}: which life of the broker owns the data directory, and during which boot of the host. Written
 * after each registration. Behind the header of {@link CheckedFile}: boot id (2 x i64), broker epoch (i32), zero (i32).
 *
 * @param bootId      of the host.
 * @param brokerEpoch of the life.
 */
record LifeFile(Uuid bootId, int brokerEpoch)
{
    static final String FILE_NAME = "life";

    private static final String MAGIC = "EPONLIFE";
    private static final int BOOT_ID_INDEX = CheckedFile.HEADER_LENGTH;
    private static final int BROKER_EPOCH_INDEX = BOOT_ID_INDEX + 16;
    private static final int LENGTH = BROKER_EPOCH_INDEX + 8;

    /**
     * Write it durably. Blocks.
     *
     * @param storage   of the directory.
     * @param directory of the broker.
     * @throws IOException where that fails; the old one then stands.
     */
    void write(final Storage storage, final Path directory) throws IOException
    {
        final byte[] bytes = new byte[LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putLong(BOOT_ID_INDEX, bootId.high(), CheckedFile.ORDER);
        buffer.putLong(BOOT_ID_INDEX + 8, bootId.low(), CheckedFile.ORDER);
        buffer.putInt(BROKER_EPOCH_INDEX, brokerEpoch, CheckedFile.ORDER);
        CheckedFile.seal(bytes, MAGIC);
        storage.replace(directory.resolve(FILE_NAME), bytes);
    }

    /**
     * Read it. Blocks.
     *
     * @param storage   of the directory.
     * @param directory of the broker.
     * @return the life, or null where there is none to believe.
     * @throws IOException where the file cannot be read.
     */
    static LifeFile read(final Storage storage, final Path directory) throws IOException
    {
        final Path file = directory.resolve(FILE_NAME);
        if (!storage.exists(file))
        {
            return null;
        }

        final byte[] bytes = storage.read(file);
        if (LENGTH != bytes.length || null != CheckedFile.damage(bytes, MAGIC))
        {
            return null;
        }

        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        return new LifeFile(
            new Uuid(
                buffer.getLong(BOOT_ID_INDEX, CheckedFile.ORDER),
                buffer.getLong(BOOT_ID_INDEX + 8, CheckedFile.ORDER)),
            buffer.getInt(BROKER_EPOCH_INDEX, CheckedFile.ORDER));
    }
}
