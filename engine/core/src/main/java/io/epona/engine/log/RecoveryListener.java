package io.epona.engine.log;

import java.nio.file.Path;

/**
 * Told what recovery took away. Called on the thread that opens the log.
 */
@FunctionalInterface
public interface RecoveryListener
{
    /**
     * A log had bytes behind its last whole batch; they are gone now.
     *
     * @param file   that was cut or, where position is 0, deleted.
     * @param offset of the log end that is left.
     * @param position in the file of the first byte that was cut.
     * @param length of what was cut, in bytes.
     * @param reason why the bytes are not a batch of this log.
     */
    void onCut(Path file, long offset, long position, long length, String reason);
}
