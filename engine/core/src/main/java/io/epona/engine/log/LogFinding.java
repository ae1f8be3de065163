package io.epona.engine.log;

import java.nio.file.Path;

/**
 * Something that an inspection has to say about a file.
 *
 * @param kind     what it is.
 * @param file     that it is about.
 * @param offset   of the log at that place, -1 where that has no meaning.
 * @param position in the file, bytes.
 * @param length   of the bytes in question, 0 where that has no meaning.
 * @param text     for people: what is wrong, and what becomes of it.
 */
public record LogFinding(Kind kind, Path file, long offset, long position, long length, String text)
{
    /** How bad it is. */
    public enum Severity
    {
        /** Normal after a crash, or while an engine runs. */
        INFO,
        /** Not as it should be, and mended by the next start without a loss. */
        WARNING,
        /** Records are damaged or lost. */
        DAMAGE
    }

    /** What is found. */
    public enum Kind
    {
        /** Bytes behind the last whole batch of a log that was not closed; recovery cuts them. */
        TORN_TAIL(Severity.INFO),
        /** A file that the log had moved into when the engine ended, before it got its name; recovery gives it. */
        UNNAMED_SEGMENT(Severity.INFO),
        /** A segment went away while it was read, as retention and compaction do. */
        SEGMENT_GONE(Severity.INFO),
        /** A directory that belongs to no topic and was put aside. */
        STRAY(Severity.INFO),
        /** A file that can be made anew from the log is missing something or damaged. */
        DERIVED_FILE(Severity.WARNING),
        /** A file of a length that its header does not say. */
        LENGTH(Severity.WARNING),
        /** What was on disk is not there any more, or is not what was written. */
        DAMAGE(Severity.DAMAGE);

        private final Severity severity;

        Kind(final Severity severity)
        {
            this.severity = severity;
        }

        /**
         * @return how bad it is.
         */
        public Severity severity()
        {
            return severity;
        }
    }
}
