// Drawn here, so that nothing is loaded: stacked crates, the stowed ship of the name.
export function Crates() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2">
      <path d="M3 13h8v8H3zM13 13h8v8h-8zM8 3h8v8H8z" stroke-linejoin="round" />
      <path d="M7 13v3M17 13v3M12 3v3" />
    </svg>
  );
}
