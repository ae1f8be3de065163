/** Placeholder. */
package io.epona.client;
